package graph

// update moves the running statistics toward the mean and the biased variance of a batch of this
// number of values, or with [Config.KeepStatistics] keeps them for [Training.MoveStatistics].
func (n *batchStatistics[T]) update(mean, variance []T, active int) {
	bessel := float64(active) / float64(active-1)
	copy(n.mean, mean)
	for i, v := range variance {
		n.variance[i] = T(float64(v) * bessel)
	}
	if !n.state.keepStatistics {
		n.move()
	}
}

// move moves the running statistics a tenth of the way toward those of the batch.
func (n *batchStatistics[T]) move() {
	runningMean, runningVariance := n.param(2), n.param(3)
	for i, m := range n.mean {
		runningMean[i] += batchNormMomentum * (m - runningMean[i])
		runningVariance[i] += batchNormMomentum * (n.variance[i] - runningVariance[i])
	}
}

// appendTo appends the mean and the variance of the batch to a list.
func (n *batchStatistics[T]) appendTo(list []float32) []float32 {
	for _, values := range [][]T{n.mean, n.variance} {
		for _, v := range values {
			list = append(list, float32(v))
		}
	}
	return list
}

// moveToward moves the running statistics toward the first values of a list, which appendTo has
// appended, and returns the others.
func (n *batchStatistics[T]) moveToward(list []float32) []float32 {
	for _, values := range [][]T{n.mean, n.variance} {
		for i := range values {
			values[i] = T(list[i])
		}
		list = list[len(values):]
	}
	n.move()
	return list
}

// keptStatistics is a batch normalization whose running statistics the session keeps.
type keptStatistics interface {
	appendTo(list []float32) []float32
	moveToward(list []float32) []float32
}

// Statistics appends to dst the statistics of the batch of the last step, for
// [Training.MoveStatistics], and returns the result. It appends the same number of values
// after each step: for each batch normalization with running statistics that move, in the
// order of the layers, the mean by channel and the variance by channel, with Bessel's
// correction. Without [Config.KeepStatistics] it appends nothing.
func (t *Training) Statistics(dst []float32) []float32 {
	for _, n := range t.builder.statistics {
		dst = n.appendTo(dst)
	}
	return dst
}

// MoveStatistics moves the running statistics of batch normalization toward those of a batch,
// which [Training.Statistics] returned, as a step on that batch does without
// [Config.KeepStatistics]. A program that computes the batches of an update in several
// sessions calls it in each of them for all batches, in the order of the batches.
func (t *Training) MoveStatistics(batch []float32) {
	for _, n := range t.builder.statistics {
		batch = n.moveToward(batch)
	}
}
