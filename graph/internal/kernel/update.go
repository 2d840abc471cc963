package kernel

import (
	"fmt"
	"math"
)

// Rule is the formula by which an optimizer moves a parameter, see [UpdateStep].
type Rule uint8

// The rules that an [Updater] knows.
const (
	RuleSGD Rule = iota
	RuleAdam
	RuleRMSProp
	RuleAdaGrad
	RuleAdadelta
	RuleLion
)

func (r Rule) String() string {
	if names := [...]string{"sgd", "adam", "rmsprop", "adagrad", "adadelta", "lion"}; int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("rule %d", uint8(r))
}

// UpdateStep holds the settings of one step. The step first prepares the gradient g and
// the parameter p,
//
//	d = clip(Scale·g) + λ₂·p    p ← p - η·λ·p
//
// where clip limits each element to [-Limit, Limit]. Then the rule updates p from d and
// the moments a and b, which start at zero:
//
//	SGD       as [SGD] does, with the velocity a
//	Adam      as [Adam] does, with m = a and v = b
//	RMSProp   a ← ρ·a + (1-ρ)·d²    u = d/(√a + ε)    p ← p - η·u,
//	          or with momentum  b ← μ·b + u    p ← p - η·b
//	AdaGrad   a ← a + d²    p ← p - η·d/(√a + ε)
//	Adadelta  a ← ρ·a + (1-ρ)·d²    u = d·√(b+ε)/√(a+ε)    b ← ρ·b + (1-ρ)·u²    p ← p - η·u
//	Lion      p ← p - η·sign(β₁·a + (1-β₁)·d)    a ← β₂·a + (1-β₂)·d
//
// Package solver names the papers. A rule ignores the settings that its formula does not have.
type UpdateStep struct {
	Rule         Rule
	LearningRate float64 // η
	Momentum     float64 // μ, in [0, 1)
	Nesterov     bool
	Beta1, Beta2 float64 // β₁ and β₂, in [0, 1)
	Rho          float64 // ρ, in [0, 1)
	Epsilon      float64 // ε, above 0 also as a float32; Adam allows 0
	Step         int     // counted from 1

	Scale       float64 // factor on the gradient; 1 leaves it unchanged
	Limit       float64 // 0 for none
	L2          float64 // λ₂: decay added to the gradient
	WeightDecay float64 // λ: decay of the parameter itself
}

// Moments is the number of moments that the rule keeps.
func (s *UpdateStep) Moments() int {
	switch s.Rule {
	case RuleSGD:
		if s.Momentum == 0 {
			return 0
		}
	case RuleRMSProp:
		if s.Momentum > 0 {
			return 2
		}
	case RuleAdam, RuleAdadelta:
		return 2
	}
	return 1
}

func (s *UpdateStep) check() error {
	fraction := func(name string, v float64) error {
		if !(v >= 0 && v < 1) {
			return fmt.Errorf("%v: %s is %v, expected at least 0 and less than 1", s.Rule, name, v)
		}
		return nil
	}
	switch {
	case s.Rule > RuleLion:
		return fmt.Errorf("update: unknown %v", s.Rule)
	case s.Step < 1:
		return fmt.Errorf("%v: step is %d, expected at least 1", s.Rule, s.Step)
	case !(s.Epsilon >= 0):
		return fmt.Errorf("%v: epsilon is %v, expected at least 0", s.Rule, s.Epsilon)
	case !(s.Limit >= 0):
		return fmt.Errorf("%v: limit is %v, expected at least 0", s.Rule, s.Limit)
	case s.Rule >= RuleRMSProp && s.Rule <= RuleAdadelta && float32(s.Epsilon) == 0:
		return fmt.Errorf("%v: epsilon is %v, expected a float32 above 0", s.Rule, s.Epsilon)
	case s.Rule == RuleSGD && s.Nesterov && s.Momentum == 0:
		return fmt.Errorf("sgd: Nesterov with momentum 0, expected a positive momentum")
	}
	return firstError(fraction("momentum", s.Momentum), fraction("beta1", s.Beta1), fraction("beta2", s.Beta2), fraction("rho", s.Rho))
}

// updateBlock is the number of elements whose gradient is prepared at a time. They
// stay in the first-level cache until the rule reads them.
const updateBlock = 1024

// Updater does the steps of optimizers. Its results have the same bits for any number
// of workers.
type Updater[T Float] struct {
	workers *Workers
	blocks  freeList[[]T]
	partial []float64
}

// NewUpdater returns an updater that runs on the workers.
func NewUpdater[T Float](ws *Workers) *Updater[T] {
	u := &Updater[T]{workers: ws}
	u.blocks.fresh = func() []T { return make([]T, updateBlock) }
	return u
}

// Update does one step: it changes the parameter p and the moments a and b in place, in
// one pass over memory, and does not change the gradient g. A moment that the rule does
// not keep must be nil.
func (u *Updater[T]) Update(p, a, b, g []T, s UpdateStep) error {
	if err := s.check(); err != nil {
		return err
	}
	lengths := [2]int{}
	for i := range s.Moments() {
		lengths[i] = len(p)
	}
	if err := firstError(
		checkLen(s.Rule.String(), "the gradient", g, len(p)),
		checkLen(s.Rule.String(), "the first moment", a, lengths[0]),
		checkLen(s.Rule.String(), "the second moment", b, lengths[1]),
	); err != nil {
		return err
	}
	raw := s.Scale == 1 && s.Limit == 0
	switch {
	case raw && s.Rule == RuleSGD && s.WeightDecay == 0:
		return SGD(u.workers, p, a, g, s.sgd(s.L2))
	case raw && s.Rule == RuleAdam && (s.WeightDecay == 0 || s.L2 == 0):
		return Adam(u.workers, p, a, b, g, s.adam(s.L2+s.WeightDecay, s.WeightDecay != 0))
	}
	if u.workers.N() == 1 {
		u.shard(p, a, b, g, s)
		return nil
	}
	u.parallel(p, a, b, g, s)
	return nil
}

// parallel is a separate function because its variables escape to the goroutines,
// and a serial Update must not allocate.
func (u *Updater[T]) parallel(p, a, b, g []T, s UpdateStep) {
	shards := elementShards(len(p))
	u.workers.Run(shards, func(i int) {
		lo, hi := shardRange(len(p), shards, i)
		u.shard(p[lo:hi], sliceOrNil(a, lo, hi), sliceOrNil(b, lo, hi), g[lo:hi], s)
	})
}

func (s *UpdateStep) sgd(decay float64) SGDStep {
	return SGDStep{LearningRate: s.LearningRate, Momentum: s.Momentum, WeightDecay: decay, Nesterov: s.Nesterov}
}

func (s *UpdateStep) adam(decay float64, decoupled bool) AdamStep {
	return AdamStep{LearningRate: s.LearningRate, Beta1: s.Beta1, Beta2: s.Beta2, Epsilon: s.Epsilon,
		WeightDecay: decay, Decoupled: decoupled, Step: s.Step}
}

// sliceOrNil returns s[lo:hi], or nil if s is nil.
func sliceOrNil[T Float](s []T, lo, hi int) []T {
	if s == nil {
		return nil
	}
	return s[lo:hi]
}

// shard updates a part of a parameter, block by block.
func (u *Updater[T]) shard(p, a, b, g []T, s UpdateStep) {
	block := u.blocks.get()
	defer u.blocks.put(block)
	for lo := 0; lo < len(p); lo += updateBlock {
		hi := min(lo+updateBlock, len(p))
		p, a, b, d := p[lo:hi], sliceOrNil(a, lo, hi), sliceOrNil(b, lo, hi), block[:hi-lo]
		prepareGradient(d, p, g[lo:hi], &s)
		switch s.Rule {
		case RuleSGD:
			sgd(p, a, d, s.sgd(0))
		case RuleAdam:
			adam(p, a, b, d, s.adam(0, false))
		case RuleRMSProp:
			rmsprop(p, a, b, d, &s)
		case RuleAdaGrad:
			adagrad(p, a, d, &s)
		case RuleAdadelta:
			adadelta(p, a, b, d, &s)
		case RuleLion:
			lion(p, a, d, &s)
		}
	}
}

// prepareGradient computes d = clip(Scale·g) + λ₂·p and p ← p - η·λ·p.
func prepareGradient[T Float](d, p, g []T, s *UpdateStep) {
	scale, limit, l2, keep := T(s.Scale), T(s.Limit), T(s.L2), T(1-s.LearningRate*s.WeightDecay)
	if limit == 0 {
		limit = T(math.Inf(1))
	}
	d, g = d[:len(p)], g[:len(p)]
	for i, w := range p {
		d[i] = min(max(scale*g[i], -limit), limit) + l2*w // a NaN stays NaN
		p[i] = keep * w
	}
}

func rmsprop[T Float](p, a, b, d []T, s *UpdateStep) {
	rho, rest, rate, mu, eps := T(s.Rho), T(1-s.Rho), T(s.LearningRate), T(s.Momentum), T(s.Epsilon)
	a, d = a[:len(p)], d[:len(p)]
	if b == nil {
		for i, x := range d {
			v := rho*a[i] + rest*x*x
			a[i] = v
			p[i] -= rate * x / (sqrt(v) + eps)
		}
		return
	}
	b = b[:len(p)]
	for i, x := range d {
		v := rho*a[i] + rest*x*x
		move := mu*b[i] + x/(sqrt(v)+eps)
		a[i], b[i] = v, move
		p[i] -= rate * move
	}
}

func adagrad[T Float](p, a, d []T, s *UpdateStep) {
	rate, eps := T(s.LearningRate), T(s.Epsilon)
	a, d = a[:len(p)], d[:len(p)]
	for i, x := range d {
		v := a[i] + x*x
		a[i] = v
		p[i] -= rate * x / (sqrt(v) + eps)
	}
}

func adadelta[T Float](p, a, b, d []T, s *UpdateStep) {
	rho, rest, rate, eps := T(s.Rho), T(1-s.Rho), T(s.LearningRate), T(s.Epsilon)
	a, b, d = a[:len(p)], b[:len(p)], d[:len(p)]
	for i, x := range d {
		v := rho*a[i] + rest*x*x
		move := x * sqrt((b[i]+eps)/(v+eps))
		a[i], b[i] = v, rho*b[i]+rest*move*move
		p[i] -= rate * move
	}
}

func lion[T Float](p, a, d []T, s *UpdateStep) {
	beta1, rest1, beta2, rest2, rate := T(s.Beta1), T(1-s.Beta1), T(s.Beta2), T(1-s.Beta2), T(s.LearningRate)
	a, d = a[:len(p)], d[:len(p)]
	for i, x := range d {
		m := a[i]
		p[i] -= rate * sign(beta1*m+rest1*x)
		a[i] = beta2*m + rest2*x
	}
}

// sign returns 1 or -1, or x if x is 0 or NaN. It branches only on rare cases, because the
// signs of gradients cannot be predicted.
func sign[T Float](x T) T {
	magnitude := T(math.Abs(float64(x)))
	switch {
	case x == 0 || x != x:
		return x
	case magnitude > math.MaxFloat32:
		return T(math.Copysign(1, float64(x))) // of an infinity too
	}
	return x / magnitude
}

func sqrt[T Float](x T) T { return T(math.Sqrt(float64(x))) }

// SumSquares returns Σ x[i]² in float64. It adds the sums of the shards in their order.
func (u *Updater[T]) SumSquares(x []T) float64 {
	shards := elementShards(len(x))
	for len(u.partial) < shards {
		u.partial = append(u.partial, 0)
	}
	if u.workers.N() == 1 {
		for i := range shards {
			lo, hi := shardRange(len(x), shards, i)
			u.partial[i] = SumSquares(x[lo:hi])
		}
	} else {
		u.workers.Run(shards, func(i int) {
			lo, hi := shardRange(len(x), shards, i)
			u.partial[i] = SumSquares(x[lo:hi])
		})
	}
	sum := 0.0
	for _, v := range u.partial[:shards] {
		sum += v
	}
	return sum
}
