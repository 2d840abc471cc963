package mnist

import (
	"context"
	"math"
	"os"
	"slices"
	"testing"
)

// TestRealMNIST compares the published files with their known mean and standard deviation.
func TestRealMNIST(t *testing.T) {
	if os.Getenv(Env) == "" {
		t.Skipf("%s is not set", Env)
	}
	train, test, err := Load(context.Background(), Options{Name: "mnist", Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 60000 || test.Len() != 10000 {
		t.Fatalf("got %v and %v", train, test)
	}
	if mean, std := train.MeanStd(); math.Abs(mean-0.1307) > 5e-5 || math.Abs(std-0.3081) > 5e-5 {
		t.Errorf("mean %.4f, deviation %.4f, want 0.1307 and 0.3081", mean, std)
	}
	// The first labels of the training file.
	var first []int
	for i := range 10 {
		first = append(first, train.Label(i))
	}
	if want := []int{5, 0, 4, 1, 9, 2, 1, 3, 1, 4}; !slices.Equal(first, want) {
		t.Errorf("labels %v, want %v", first, want)
	}
	if got, want := train.Source(), os.Getenv(Env); got != want {
		t.Errorf("source %q, want %q", got, want)
	}
	if warnings := train.Check(); len(warnings) > 0 {
		t.Errorf("warnings %q", warnings)
	}
}
