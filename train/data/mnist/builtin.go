package mnist

import (
	"inkstone/internal/random"
	"inkstone/train/data"
	"inkstone/train/data/digits"
)

// Sizes of the built-in set, those of MNIST.
const (
	builtinTrain = 60000
	builtinTest  = 10000
)

// builtin draws the built-in digits. The source tells why, if there is a reason to tell.
func builtin(opts Options, source string) (train, test *data.Set, err error) {
	draw := func(seed uint64, n int) (*data.Set, error) {
		pixels, labels := digits.Generate(seed, n)
		return data.New(Builtin, source, side, side, decimal, pixels, labels)
	}
	if train, err = draw(opts.Seed, atMost(opts.Limit, builtinTrain)); err != nil {
		return nil, nil, err
	}
	if test, err = draw(random.BuiltinTest, atMost(opts.TestLimit, builtinTest)); err != nil {
		return nil, nil, err
	}
	return train, test, nil
}

// atMost returns n bounded by limit, where zero stands for no limit.
func atMost(limit, n int) int {
	if limit == 0 {
		return n
	}
	return min(limit, n)
}
