package digits

import (
	"sync"

	"inkstone/internal/random"
	"inkstone/train/data"
)

// Name is the name of the sets that [Sets] returns.
const Name = "builtin"

// The numbers of images of the sets, as many as MNIST has.
const (
	Training = 60000
	Test     = 10000
)

// Sets returns training images, which depend on the seed, and the test images, which are always
// the same. They are drawn when they are first used. limit and testLimit bound the numbers of
// images; 0 is for [Training] and [Test]. source becomes the [data.Set.Source] of the sets.
func Sets(source string, seed uint64, limit, testLimit int) (training, test *data.Set, err error) {
	training, err = drawn(source, seed, atMost(limit, Training), func(i int, pixels []byte) {
		Draw(seed, i, pixels)
	})
	if err != nil {
		return nil, nil, err
	}
	test, err = drawn(source, random.BuiltinTest, atMost(testLimit, Test), drawTest)
	return training, test, err
}

// drawn returns the first n digits of a seed.
func drawn(source string, seed uint64, n int, draw func(i int, pixels []byte)) (*data.Set, error) {
	names := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
	return data.NewDrawn(Name, source, Size, Size, names, Labels(seed, n), draw)
}

// testImages holds the test images. They are always the same, so a process draws each of them
// once.
var testImages = sync.OnceValue(func() *data.Set {
	set, err := drawn("", random.BuiltinTest, Test, func(i int, pixels []byte) {
		Draw(random.BuiltinTest, i, pixels)
	})
	if err != nil {
		panic(err) // the arguments are constants
	}
	return set
})

// drawTest sets pixels to test image i.
func drawTest(i int, pixels []byte) { copy(pixels, testImages().Pixels(i)) }

// atMost returns the smaller of n and limit, or n if limit is 0.
func atMost(limit, n int) int {
	if limit == 0 {
		return n
	}
	return min(limit, n)
}
