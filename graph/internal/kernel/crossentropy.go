package kernel

import "fmt"

// Mixture gives each row a second label: the target of row i has the weight Shares[i] on
// its label and 1-Shares[i] on Others[i]. If Shares is nil, a row has one label.
type Mixture struct {
	Others []int32
	Shares []float32
}

// secondLabel returns the second label of a row, -1 if there is none, and the share of the first.
func (m Mixture) secondLabel(row int) (other int32, share float32) {
	if m.Shares == nil {
		return -1, 1
	}
	return m.Others[row], m.Shares[row]
}

// CrossEntropy computes the mean softmax cross-entropy of rows of cols logits
// against integer labels, and stores softmax(logits) in probs, which may be
// logits. With log-sum-exp L and smoothing ε the loss of a row with label t is
//
//	(1-ε)·(L - x[t]) + ε/cols · Σ_j (L - x[j])
//
// as in PyTorch's CrossEntropyLoss(label_smoothing=ε), after Szegedy et al.,
// https://arxiv.org/abs/1512.00567. For a mixture, x[t] is s·x[t] + (1-s)·x[u] with
// the second label u and the share s of the first. Rows with a negative label are not used.
// The loss is the mean over the used rows, or 0 if there are none; used is their number. A
// label of cols or more is an error that names the row.
func CrossEntropy[T Float](probs, logits []T, labels []int32, mix Mixture, cols int, smoothing T) (loss float64, used int, err error) {
	if err := checkCrossEntropy("probs", probs, "logits", logits, labels, mix, cols, smoothing); err != nil {
		return 0, 0, err
	}
	for i, label := range labels {
		x := logits[i*cols:][:cols]
		var hit, sum float64 // read before probs, which may be the same memory
		if label >= 0 {
			hit = float64(x[label])
			if other, share := mix.secondLabel(i); other >= 0 {
				hit = float64(share)*hit + (1-float64(share))*float64(x[other])
			}
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
// where for a mixture [j = labels[i]] is s·[j = t] + (1-s)·[j = u], and scale is the gradient
// of the loss divided by the number of used rows.
// Rows that are not used get zeros. dx may be probs.
func CrossEntropyGrad[T Float](dx, probs []T, labels []int32, mix Mixture, cols int, smoothing, scale T) error {
	if err := checkCrossEntropy("dx", dx, "probs", probs, labels, mix, cols, smoothing); err != nil {
		return err
	}
	rest := smoothing / T(cols)
	for i, label := range labels {
		dx, p := dx[i*cols:][:cols], probs[i*cols:][:cols]
		if label < 0 {
			clear(dx)
			continue
		}
		other, share := mix.secondLabel(i)
		for j, v := range p {
			target := rest
			if j == int(label) {
				target += T(share) * (1 - smoothing)
			}
			if j == int(other) {
				target += (1 - T(share)) * (1 - smoothing)
			}
			dx[j] = scale * (v - target)
		}
	}
	return nil
}

func checkCrossEntropy[T Float](outName string, out []T, inName string, in []T, labels []int32, mix Mixture, cols int, smoothing T) error {
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
	if n := len(mix.Shares); (n > 0 || len(mix.Others) > 0) && (n != len(labels) || len(mix.Others) != n) {
		return fmt.Errorf("cross-entropy: %d second labels and %d shares for %d rows", len(mix.Others), n, len(labels))
	}
	for i, label := range labels {
		other, share := mix.secondLabel(i)
		switch {
		case int(label) >= cols:
			return fmt.Errorf("cross-entropy: label of row %d is %d, expected less than %d", i, label, cols)
		case label >= 0 && mix.Shares != nil && (other < 0 || int(other) >= cols):
			return fmt.Errorf("cross-entropy: second label of row %d is %d, expected 0 to %d", i, other, cols-1)
		case label >= 0 && !(share >= 0 && share <= 1):
			return fmt.Errorf("cross-entropy: share of row %d is %v, expected 0 to 1", i, share)
		}
	}
	return nil
}
