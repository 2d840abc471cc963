package mnist

import (
	"inkstone/internal/random"
	"inkstone/train/data"
	"inkstone/train/data/digits"
)

// The numbers of images of the built-in set, as many as MNIST has.
const (
	builtinTrain = 60000
	builtinTest  = 10000
)

// builtin returns the built-in digits. source becomes the [data.Set.Source] of the sets.
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

// atMost returns the smaller of n and limit, or n if limit is 0.
func atMost(limit, n int) int {
	if limit == 0 {
		return n
	}
	return min(limit, n)
}
