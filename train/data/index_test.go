package data_test

import (
	"strings"
	"testing"

	"inkstone/train/data"
)

// An image that a set does not have is named in the panic, in views too.
func TestNoSuchImage(t *testing.T) {
	set, err := data.New("two", "a test", 1, 1, []string{"a", "b"}, []byte{1, 2}, []byte{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	one, err := set.Limit(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		call func()
		want string
	}{
		{func() { set.Pixels(2) }, `"two" has no image 2, want 0 to 1`},
		{func() { set.Image(-1) }, "no image -1"},
		{func() { one.Label(1) }, "no image 1, want 0 to 0"},
	} {
		func() {
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, tc.want) {
					t.Errorf("panics with %q, want %q", got, tc.want)
				}
			}()
			tc.call()
		}()
	}
}
