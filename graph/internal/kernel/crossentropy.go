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
// The loss is the mean over the used rows, or 0 if there are none. weight is their number.
//
// Class weights w, nil for none, are those of PyTorch's CrossEntropyLoss(weight=w): the
// loss of a row is (1-ε)·w[t]·(L - x[t]) + ε/cols · Σ_j w[j]·(L - x[j]), and the sum over the
// rows is divided by weight, which is the sum of w[t]; for a mixture of s·w[t] + (1-s)·w[u].
//
// A label of cols or more is an error that names the row.
func CrossEntropy[T Float](probs, logits []T, labels []int32, mix Mixture, classWeights []float64, cols int, smoothing T) (loss, weight float64, err error) {
	if err := checkCrossEntropy("probs", probs, "logits", logits, labels, mix, classWeights, cols, smoothing); err != nil {
		return 0, 0, err
	}
	for i, label := range labels {
		x := logits[i*cols:][:cols]
		var hit, sum float64 // read before probs, which may be the same memory
		hitWeight, meanWeight := 1.0, 1.0
		if label >= 0 {
			other, share := mix.secondLabel(i)
			if classWeights == nil {
				hit, sum = targetLogits(x, label, other, float64(share))
			} else {
				hit, sum, hitWeight, meanWeight = weightedLogits(x, classWeights, label, other, float64(share))
			}
		}
		logSum := softmaxRow(probs[i*cols:][:cols], x)
		if label < 0 {
			continue
		}
		weight += hitWeight
		eps := float64(smoothing)
		loss += (1 - eps) * (hitWeight*logSum - hit)
		if eps > 0 {
			loss += eps * (meanWeight*logSum - sum/float64(cols))
		}
	}
	if weight > 0 {
		loss /= weight
	}
	return loss, weight, nil
}

// targetLogits returns the logit of the target of a row, and the sum of its logits.
func targetLogits[T Float](x []T, label, other int32, share float64) (hit, sum float64) {
	hit = float64(x[label])
	if other >= 0 {
		hit = share*hit + (1-share)*float64(x[other])
	}
	for _, v := range x {
		sum += float64(v)
	}
	return hit, sum
}

// weightedLogits returns the same with each logit times the weight of its class, the weight
// of the target, and the mean of the class weights.
func weightedLogits[T Float](x []T, w []float64, label, other int32, share float64) (hit, sum, hitWeight, meanWeight float64) {
	hit, hitWeight = w[label]*float64(x[label]), w[label]
	if other >= 0 {
		hit = share*hit + (1-share)*w[other]*float64(x[other])
		hitWeight = share*hitWeight + (1-share)*w[other]
	}
	for j, v := range x {
		sum += w[j] * float64(v)
		meanWeight += w[j] / float64(len(w))
	}
	return hit, sum, hitWeight, meanWeight
}

// CrossEntropyGrad computes the gradient of the loss with respect to the
// logits from probs = softmax(logits),
//
//	dx[i,j] = scale · (probs[i,j] - (1-ε)·[j = labels[i]] - ε/cols)
//
// where for a mixture [j = labels[i]] is s·[j = t] + (1-s)·[j = u], and scale is the gradient
// with respect to the loss divided by the weight that CrossEntropy returned. With class
// weights w and the target y, which is what probs is compared with above,
//
//	dx[i,j] = scale · (probs[i,j]·Σ_k w[k]·y[k] - w[j]·y[j])
//
// Rows that are not used get zeros. dx may be probs.
func CrossEntropyGrad[T Float](dx, probs []T, labels []int32, mix Mixture, classWeights []float64, cols int, smoothing, scale T) error {
	if err := checkCrossEntropy("dx", dx, "probs", probs, labels, mix, classWeights, cols, smoothing); err != nil {
		return err
	}
	var all T // the sum of the class weights
	for _, w := range classWeights {
		all += T(w)
	}
	rest := smoothing / T(cols)
	for i, label := range labels {
		dx, p := dx[i*cols:][:cols], probs[i*cols:][:cols]
		if label < 0 {
			clear(dx)
			continue
		}
		other, share := mix.secondLabel(i)
		total := T(1) // Σ_k w[k]·y[k]
		if classWeights != nil {
			total = rest*all + T(share)*(1-smoothing)*T(classWeights[label])
			if other >= 0 {
				total += (1 - T(share)) * (1 - smoothing) * T(classWeights[other])
			}
		}
		for j, v := range p {
			target := rest
			if j == int(label) {
				target += T(share) * (1 - smoothing)
			}
			if j == int(other) {
				target += (1 - T(share)) * (1 - smoothing)
			}
			if classWeights != nil {
				v, target = v*total, target*T(classWeights[j])
			}
			dx[j] = scale * (v - target)
		}
	}
	return nil
}

func checkCrossEntropy[T Float](outName string, out []T, inName string, in []T, labels []int32, mix Mixture, classWeights []float64, cols int, smoothing T) error {
	if cols < 1 {
		return fmt.Errorf("cross-entropy: %d classes, expected at least 1", cols)
	}
	if !(smoothing >= 0 && smoothing <= 1) {
		return fmt.Errorf("cross-entropy: label smoothing is %v, expected 0 to 1", smoothing)
	}
	if n := len(classWeights); n > 0 && n != cols {
		return fmt.Errorf("cross-entropy: %d class weights, expected %d", n, cols)
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
