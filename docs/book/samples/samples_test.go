package samples

import (
	"testing"

	"inkstone/model/pretrained"
	"inkstone/train/data/picture"
)

// A letter has ink, and the pictures of a class differ.
func TestLetters(t *testing.T) {
	for letter := range Letters {
		first, err := Letter(1, letter, 0)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Letter(1, letter, 1)
		if err != nil {
			t.Fatal(err)
		}
		ink, differences := 0, 0
		for i, v := range first.Pix {
			if v < 128 {
				ink++
			}
			if v != second.Pix[i] {
				differences++
			}
		}
		if ink < 50 || differences < 50 {
			t.Errorf("%s: %d pixels of ink, %d differences between two pictures, want at least 50", Letters[letter].Name, ink, differences)
		}
	}
}

// The boxes of a form hold as many digits as the postal code has.
func TestForm(t *testing.T) {
	page, err := Form(1, "518055")
	if err != nil {
		t.Fatal(err)
	}
	found, err := picture.Find(page)
	if err != nil || len(found.Row) != 6 {
		t.Errorf("%v, %v, want 6 digits", found, err)
	}
	if _, err := Form(1, "51A"); err == nil {
		t.Error("a letter was accepted")
	}
}

// The built-in model reads a form.
func TestRead(t *testing.T) {
	page, err := Form(1, "518055")
	if err != nil {
		t.Fatal(err)
	}
	m, err := pretrained.Tiny()
	if err != nil {
		t.Fatal(err)
	}
	text, probabilities, err := Read(m, page)
	if err != nil || text != "518055" || len(probabilities) != 6 {
		t.Errorf("the form reads %q with %v, %v, want 518055", text, probabilities, err)
	}
}
