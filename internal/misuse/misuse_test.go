package misuse

import (
	"errors"
	"testing"
)

func TestProblemOf(t *testing.T) {
	for name, c := range map[string]struct {
		call Call
		fine bool
	}{
		"the wanted error": {Call{"", func() error { return errors.New("the model is nil") }, "model"}, true},
		"a named panic":    {Call{"", func() error { return Panic(func() { panic("the model is nil") }) }, "model"}, true},
		"another error":    {Call{"", func() error { return errors.New("no") }, "model"}, false},
		"two lines":        {Call{"", func() error { return errors.New("model\nset") }, "model"}, false},
		"no error":         {Call{"", func() error { return nil }, ""}, false},
		"no panic":         {Call{"", func() error { return Panic(func() {}) }, ""}, false},
		"a bare panic":     {Call{"", func() error { return Panic(func() { _ = *(*int)(nil) }) }, ""}, false},
	} {
		if problem := problemOf(c.call); (problem == "") != c.fine {
			t.Errorf("%s: problem %q", name, problem)
		}
	}
}
