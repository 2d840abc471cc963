package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
)

// The conditions of stockRules.

func isKind(kinds ...string) func(*Builder, *stockUse) bool {
	return func(_ *Builder, u *stockUse) bool { return slices.Contains(kinds, u.kind) }
}

// isElementwise holds for unary functions with these names.
func isElementwise(names ...string) func(*Builder, *stockUse) bool {
	return func(_ *Builder, u *stockUse) bool {
		return u.kind == "elemUnaryOp" && slices.Contains(names, u.node.Op().String())
	}
}

func allOf(conditions ...func(*Builder, *stockUse) bool) func(*Builder, *stockUse) bool {
	return func(b *Builder, u *stockUse) bool {
		for _, c := range conditions {
			if !c(b, u) {
				return false
			}
		}
		return true
	}
}

// isArithmetic holds for + - ⊙ ÷ ^ and comparisons.
func isArithmetic(_ *Builder, u *stockUse) bool { return u.kind == "elemBinOp" }

// lacksName holds for a constant whose name is the printed value, which leaves out decimals and the
// middle of a large tensor.
func lacksName(_ *Builder, u *stockUse) bool { return u.node.Name() == fmt.Sprint(u.node.Value()) }

// isMatrixProduct holds for the product of two matrices, and of a matrix and a vector.
func isMatrixProduct(_ *Builder, u *stockUse) bool {
	if u.kind != "linAlgBinOp" {
		return false
	}
	a, b := u.inputs[0].Dims(), u.inputs[1].Dims()
	return a == 2 && (b == 1 || b == 2)
}

// isLogSumExp holds for the logarithm in log(sum(exp(x-max)) + max).
func isLogSumExp(_ *Builder, u *stockUse) bool {
	if u.kind != "elemUnaryOp" || u.node.Op().String() != "ln" {
		return false
	}
	sum, maximum := false, false
	for _, in := range inputsOf(u.inputs[0]) {
		if in.Op() == nil {
			continue
		}
		maximum = maximum || kindOf(in.Op()) == "maxOp"
		if kindOf(in.Op()) == "sumOp" {
			o := inputsOf(in)[0].Op()
			sum = o != nil && kindOf(o) == "elemUnaryOp" && o.String() == "exp"
		}
	}
	return sum && maximum && kindOf(u.inputs[0].Op()) == "elemBinOp"
}

func hasFourPaddings(_ *Builder, u *stockUse) bool {
	return u.kind == "maxPoolOp" && field(u.node, "explicitPadding").Bool()
}

// alongFifthAxis holds for a reduction along an axis that gorgonia's Broadcast does not know.
func alongFifthAxis(_ *Builder, u *stockUse) bool { return slices.Max(alongOf(u)) > 3 }

func hasOneImage(b *Builder, u *stockUse) bool {
	return u.oneImage && slices.ContainsFunc(u.inputs, func(in *gorgonia.Node) bool { return b.batchAxis(in) >= 0 })
}

// alongOf returns the axes along which a reduction or a repetition works, in rising order.
func alongOf(u *stockUse) (axes []int) {
	along := field(u.node, "along")
	if u.kind == "repeatOp" {
		return []int{int(along.Int())}
	}
	for i := range along.Len() {
		axes = append(axes, int(along.Index(i).Int()))
	}
	slices.Sort(axes)
	return axes
}

// reducesWrongly holds for a reduction along an axis for which gorgonia's tensor package
// computes wrong values. It reduces one axis after the other. For an axis that is neither the
// first nor the last of those left, it takes its operands from wrong places (reduceDefaultF64
// in tensor v0.9.24), unless the axis has the size 2 or nothing but the first axis lies
// before it.
func reducesWrongly(_ *Builder, u *stockUse) bool {
	shape, axes := u.inputs[0].Shape(), alongOf(u)
	return len(axes) < len(shape) && reductionIsWrong(shape, axes)
}

// repeatsWrongly holds for a repetition whose gradient is such a reduction. If the result is
// repeated along later axes too, the gradient has been reduced along these before.
func repeatsWrongly(b *Builder, u *stockUse) bool {
	axis := alongOf(u)[0]
	shape := u.node.Shape().Clone()
	for n := u.node; ; {
		it := b.graph.To(n.ID())
		if !it.Next() {
			break
		}
		n = it.Node().(*gorgonia.Node)
		next := &stockUse{node: n, kind: kindOf(n.Op())}
		if next.kind != "repeatOp" || alongOf(next)[0] <= axis {
			break
		}
		shape[alongOf(next)[0]] = 0
	}
	shape = slices.DeleteFunc(shape, func(size int) bool { return size == 0 })
	return reductionIsWrong(shape, []int{axis})
}

func reductionIsWrong(shape []int, axes []int) bool {
	left := slices.Clone(shape)
	for done, a := range axes {
		a -= done
		if a > 0 && a < len(left)-1 && left[a] != 2 {
			for _, size := range left[1:a] {
				if size > 1 {
					return true
				}
			}
		}
		left = slices.Delete(left, a, a+1)
	}
	return false
}

// mixesImages holds for a reduction or a softmax along the axis of the batch.
func mixesImages(b *Builder, u *stockUse) bool {
	batch := b.batchAxis(u.inputs[0])
	if u.kind == "softmaxOp" {
		axis := int(field(u.node, "axis").Int())
		if axis < 0 {
			axis += u.node.Dims()
		}
		return batch >= 0 && axis == batch
	}
	return batch >= 0 && slices.Contains(alongOf(u), batch)
}

// batchAxis returns the axis of n along which the images lie, or -1 if n is not computed
// from the inputs or the axis is not known.
func (b *Builder) batchAxis(n *gorgonia.Node) int {
	inputs := inputsOf(n)
	if len(inputs) == 0 {
		if b.noGrad[n] && b.paramNodes[n.Name()] != n {
			return 0
		}
		return -1
	}
	if _, own := n.Op().(*op); own {
		for _, in := range inputs {
			if b.batchAxis(in) >= 0 {
				return 0
			}
		}
		return -1
	}
	for i, in := range inputs {
		axis := b.batchAxis(in)
		if axis < 0 {
			continue
		}
		switch u := (&stockUse{node: n, kind: kindOf(n.Op())}); {
		case u.kind == "transposeOp":
			pattern := field(n, "pattern")
			for to := range pattern.Len() {
				if int(pattern.Index(to).Int()) == axis {
					return to
				}
			}
			return -1
		case u.kind == "sumOp" || u.kind == "maxOp":
			to := axis
			for _, a := range alongOf(u) {
				switch {
				case a == axis:
					return -1
				case a < axis:
					to--
				}
			}
			return to
		case u.kind == "elemUnaryOp" || u.kind == "elemBinOp" || u.kind == "softmaxOp" || u.kind == "repeatOp" && i == 0:
			return axis
		case u.kind == "sizeOp" || u.kind == "repeatOp":
			return -1
		case axis == 0 && n.Dims() > 0 && n.Shape()[0] == in.Shape()[0]:
			return 0
		}
		return -1
	}
	return -1
}
