package numbers

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/docs/book/marks"
	"inkstone/docs/book/samples"
	"inkstone/model/pretrained"
)

// applications computes the numbers of chapter 6: what the built-in model reads on forms.
func applications(v marks.Values) error {
	m, err := pretrained.Tiny()
	if err != nil {
		return err
	}
	page, err := samples.Form(1, "518055")
	if err != nil {
		return err
	}
	text, probabilities, err := samples.Read(m, page)
	if err != nil {
		return err
	}
	v["form.text"], v["form.least"] = text, 100*slices.Min(probabilities)
	codes := []string{"100084", "90210", "75001", "02139"}
	digits, right, whole := 0, 0, 0
	for i, code := range codes {
		if page, err = samples.Form(uint64(i+2), code); err != nil {
			return err
		}
		if text, _, err = samples.Read(m, page); err != nil {
			return err
		}
		if text == code {
			whole++
		}
		for k := range code {
			digits++
			if k < len(text) && text[k] == code[k] {
				right++
			}
		}
	}
	v["forms"], v["forms.whole"], v["forms.digits"], v["forms.right"] = len(codes), whole, digits, right
	var names []string
	for _, l := range samples.Letters {
		names = append(names, fmt.Sprintf("%c (%s)", l.Rune, l.Name))
	}
	v["letters"], v["letters.count"] = strings.Join(names, ", "), len(names)
	return nil
}
