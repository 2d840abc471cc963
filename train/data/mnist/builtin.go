package mnist

import (
	"sync"

	"inkstone/internal/random"
	"inkstone/train/data"
	"inkstone/train/data/digits"
)

// The numbers of images of the built-in set, as many as MNIST has.
const (
	builtinTrain = 60000
	builtinTest  = 10000
)

// builtin returns the built-in digits, which are drawn when they are first used. source becomes
// the [data.Set.Source] of the sets.
func builtin(opts Options, source string) (train, test *data.Set, err error) {
	train, err = drawn(source, opts.Seed, atMost(opts.Limit, builtinTrain), func(i int, pixels []byte) {
		digits.Draw(opts.Seed, i, pixels)
	})
	if err != nil {
		return nil, nil, err
	}
	test, err = drawn(source, random.BuiltinTest, atMost(opts.TestLimit, builtinTest), drawTest)
	return train, test, err
}

// drawn returns the first n built-in digits of a seed.
func drawn(source string, seed uint64, n int, draw func(i int, pixels []byte)) (*data.Set, error) {
	return data.NewDrawn(Builtin, source, side, side, decimal, digits.Labels(seed, n), draw)
}

// testImages holds the built-in test images. They are always the same, so a process draws each
// of them once.
var testImages = sync.OnceValue(func() *data.Set {
	set, err := drawn("", random.BuiltinTest, builtinTest, func(i int, pixels []byte) {
		digits.Draw(random.BuiltinTest, i, pixels)
	})
	if err != nil {
		panic(err) // the arguments are constants
	}
	return set
})

// drawTest sets pixels to built-in test image i.
func drawTest(i int, pixels []byte) { copy(pixels, testImages().Pixels(i)) }

// atMost returns the smaller of n and limit, or n if limit is 0.
func atMost(limit, n int) int {
	if limit == 0 {
		return n
	}
	return min(limit, n)
}
