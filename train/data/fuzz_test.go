package data

import "testing"

// The classes that ParseClasses accepts are classes of the set, and Select numbers them.
func FuzzParseClasses(f *testing.F) {
	for _, text := range []string{"5-9", "0,3,8", "odd", "even", "0-4,7", "-1", "1-", "a-b-c", "--", "a-b,-"} {
		f.Add(text)
	}
	var list []*Set
	for _, classes := range [][]string{{"0", "1", "2", "3", "4"}, {"a-b", "a", "b", "-", "odd"}} {
		set, err := New("d", "s", 1, 1, classes, []byte{1, 2, 3, 4, 5}, []byte{0, 1, 2, 3, 4})
		if err != nil {
			f.Fatal(err)
		}
		list = append(list, set)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, set := range list {
			chosen, err := set.ParseClasses(text)
			if err != nil {
				continue
			}
			for _, c := range chosen {
				if c < 0 || c >= 5 {
					t.Fatalf("%q gives %v", text, chosen)
				}
			}
			view, err := set.Select(chosen)
			if err != nil {
				continue // a class is chosen twice
			}
			for i := range view.Len() {
				if class := chosen[view.Label(i)]; set.Classes()[class] != view.Classes()[view.Label(i)] || view.Pixels(i)[0] != byte(class+1) {
					t.Fatalf("%q: image %d has class %d", text, i, class)
				}
			}
		}
	})
}
