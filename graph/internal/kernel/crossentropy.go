package kernel

import "fmt"

// CrossEntropy computes the mean softmax cross-entropy of rows of cols logits
// against integer labels, and stores softmax(logits) in probs, which may be
// logits. With log-sum-exp L and smoothing ε the loss of a row with label t is
//
//	(1-ε)·(L - x[t]) + ε/cols · Σ_j (L - x[j])
//
// as in PyTorch's CrossEntropyLoss(label_smoothing=ε), after Szegedy et al.,
// https://arxiv.org/abs/1512.00567. A row whose label is negative is not used;
// used counts the others, and the loss is their mean, 0 if there is none. A
// label of cols or more is an error that names the row.
func CrossEntropy[T Float](probs, logits []T, labels []int32, cols int, smoothing T) (loss float64, used int, err error) {
	if err := checkCrossEntropy("probs", probs, "logits", logits, labels, cols, smoothing); err != nil {
		return 0, 0, err
	}
	for i, label := range labels {
		x := logits[i*cols:][:cols]
		var hit, sum float64 // read before probs, which may be the same memory
		if label >= 0 {
			hit = float64(x[label])
			for _, v := range x {
				sum += float64(v)
			}
		}
		logSum := softmaxRow(probs[i*cols:][:cols], x)
		if label < 0 {
			continue
		}
		used++
		eps := float64(smoothing)
		loss += (1 - eps) * (logSum - hit)
		if eps > 0 {
			loss += eps * (logSum - sum/float64(cols))
		}
	}
	if used > 0 {
		loss /= float64(used)
	}
	return loss, used, nil
}

// CrossEntropyGrad computes the gradient of the loss with respect to the
// logits from probs = softmax(logits),
//
//	dx[i,j] = scale · (probs[i,j] - (1-ε)·[j = labels[i]] - ε/cols)
//
// where scale is the gradient of the loss divided by the number of used rows.
// Rows that are not used get zeros. dx may be probs.
func CrossEntropyGrad[T Float](dx, probs []T, labels []int32, cols int, smoothing, scale T) error {
	if err := checkCrossEntropy("dx", dx, "probs", probs, labels, cols, smoothing); err != nil {
		return err
	}
	rest := smoothing / T(cols)
	for i, label := range labels {
		dx, p := dx[i*cols:][:cols], probs[i*cols:][:cols]
		if label < 0 {
			clear(dx)
			continue
		}
		for j, v := range p {
			target := rest
			if j == int(label) {
				target += 1 - smoothing
			}
			dx[j] = scale * (v - target)
		}
	}
	return nil
}

func checkCrossEntropy[T Float](outName string, out []T, inName string, in []T, labels []int32, cols int, smoothing T) error {
	if cols < 1 {
		return fmt.Errorf("cross-entropy: %d classes, expected at least 1", cols)
	}
	if !(smoothing >= 0 && smoothing <= 1) {
		return fmt.Errorf("cross-entropy: label smoothing is %v, expected 0 to 1", smoothing)
	}
	if err := firstError(
		checkLen("cross-entropy", inName, in, len(labels)*cols),
		checkLen("cross-entropy", outName, out, len(labels)*cols),
	); err != nil {
		return err
	}
	for i, label := range labels {
		if int(label) >= cols {
			return fmt.Errorf("cross-entropy: label of row %d is %d, expected less than %d", i, label, cols)
		}
	}
	return nil
}
