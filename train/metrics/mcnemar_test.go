package metrics

import (
	"fmt"
	"math/big"
	"testing"
)

func TestMcNemar(t *testing.T) {
	labels := []int{0, 0, 0, 0, 0, 0, 0, 0, 0}
	first := []int{0, 0, 1, 1, 1, 1, 1, 1, 2}
	second := []int{0, 1, 0, 0, 0, 0, 0, 2, 3}
	c, err := McNemar(labels, first, second)
	if err != nil {
		t.Fatal(err)
	}
	if c.BothRight != 1 || c.FirstOnly != 1 || c.SecondOnly != 5 || c.BothWrong != 2 {
		t.Errorf("%+v, want 1, 1, 5, 2", c)
	}
	checkNear(t, "p", c.P, 2*(1+6)/64.0, 1e-14) // C(6,0) + C(6,1) of 2^6
	if want := "both right 1, only the first 1, only the second 5, both wrong 2: p = 0.2188 (exact McNemar test)"; c.String() != want {
		t.Errorf("got %q, want %q", c, want)
	}
}

func ExampleMcNemar() {
	labels := []int{0, 0, 0, 0, 0, 0, 0, 0}
	first := []int{0, 0, 0, 0, 0, 0, 0, 1}
	second := []int{1, 1, 1, 1, 1, 1, 0, 0}
	c, err := McNemar(labels, first, second)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c)
	// Output: both right 1, only the first 6, only the second 1, both wrong 0: p = 0.125 (exact McNemar test)
}

// TestSignTest compares signTest with exact integer arithmetic.
func TestSignTest(t *testing.T) {
	for _, test := range [][2]int{{0, 0}, {0, 1}, {4, 4}, {0, 10}, {10, 0}, {3, 9}, {40, 60}, {900, 1100}, {2000, 2400}} {
		a, b := test[0], test[1]
		sum, term := new(big.Int), new(big.Int)
		for i := range min(a, b) + 1 {
			sum.Add(sum, term.Binomial(int64(a+b), int64(i)))
		}
		exact, _ := new(big.Rat).SetFrac(sum.Lsh(sum, 1), new(big.Int).Lsh(big.NewInt(1), uint(a+b))).Float64()
		want := min(exact, 1)
		checkNear(t, "p", signTest(a, b), want, 1e-10*want)
	}
}

func TestMcNemarRefuses(t *testing.T) {
	for _, test := range [][3][]int{
		{{}, {}, {}},
		{{1, 2}, {1}, {1, 2}},
		{{1}, {1}, {1, 2}},
	} {
		if _, err := McNemar(test[0], test[1], test[2]); err == nil {
			t.Errorf("no error for %v", test)
		}
	}
}
