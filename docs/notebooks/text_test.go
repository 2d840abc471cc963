package notebooks_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"inkstone/internal/notebook"
)

var (
	figures = regexp.MustCompile(`\d[\d.,]*`)
	heading = regexp.MustCompile(`(?m)^#+ [\d.]+`)
	target  = regexp.MustCompile(`\[[^\]]*\]\([^)]*\)`)
)

// numbersOf returns the numbers in a text, without commas.
func numbersOf(text string) []string {
	var list []string
	for _, n := range figures.FindAllString(text, -1) {
		list = append(list, strings.ReplaceAll(strings.TrimRight(n, ".,"), ",", ""))
	}
	return list
}

// A text states no number that is not in the code or in the output of the notebook: it would
// not change with them.
func TestNumbers(t *testing.T) {
	for name, n := range readAll(t) {
		known := map[string]bool{}
		for _, c := range n.Cells {
			all := c.Source + "\n" + c.Stdout
			for mime, data := range c.Shown {
				if mime != "image/png" {
					all += "\n" + embedded.ReplaceAllString(data, "")
				}
			}
			for _, v := range numbersOf(all) {
				known[v] = true
			}
		}
		for _, text := range n.Texts {
			for _, v := range unknown(text, known) {
				t.Errorf("%s, cell %d: its code and its output do not have the number %s", name, text.Number, v)
			}
		}
	}
}

// unknown returns the numbers of a text that are not known, without those of headings and links.
func unknown(text notebook.Text, known map[string]bool) (list []string) {
	for _, v := range numbersOf(target.ReplaceAllString(heading.ReplaceAllString(text.Source, ""), "")) {
		if !known[v] {
			list = append(list, v)
		}
	}
	return list
}

func TestUnknown(t *testing.T) {
	text := notebook.Text{Source: "# 1. Title\n## 20. Next\n4,000 images, 99.5 % and 7; see [notebook 8](8.ipynb), 7."}
	if got := strings.Join(unknown(text, map[string]bool{"4000": true, "7": true}), " "); got != "99.5" {
		t.Errorf("unknown numbers %q, want 99.5", got)
	}
}

// The folder that the instructions name for a copy of the notebooks is ignored by git, and the
// imports of the notebooks lead to the same packages from there.
func TestCopy(t *testing.T) {
	const mine = "../mine"
	if git, err := exec.LookPath("git"); err == nil {
		if _, err := os.Stat("../../.git"); err == nil {
			if out, err := exec.Command(git, "check-ignore", mine+"/1-first-steps.ipynb").CombinedOutput(); err != nil {
				t.Errorf("git does not ignore %s: %v %s", mine, err, out)
			}
		}
	}
	for name, n := range readAll(t) {
		for _, c := range n.Cells {
			for _, m := range regexp.MustCompile(`"(\.[^"]*/[^"]*)"`).FindAllStringSubmatch(c.Source, -1) {
				if info, err := os.Stat(filepath.Join(mine, "..", "notebooks", m[1])); !strings.HasPrefix(m[1], "../../") || err != nil || !info.IsDir() {
					t.Errorf("%s, cell %d: the import of %q would not work in %s", name, c.Number, m[1], mine)
				}
			}
		}
	}
}

// The links of the instructions and of the notebooks lead to files.
func TestLinks(t *testing.T) {
	check := func(path, text string) {
		for _, m := range regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`).FindAllStringSubmatch(text, -1) {
			content, err := os.ReadFile(m[1])
			if info, statErr := os.Stat(m[1]); statErr == nil && info.IsDir() {
				continue
			}
			if err != nil {
				t.Errorf("%s: a link leads nowhere: %v", path, err)
			} else if m[2] != "" && !hasAnchor(string(content), m[2]) {
				t.Errorf("%s: %s has no heading for the link %s", path, m[1], m[2])
			}
		}
	}
	for _, path := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		check(path, string(text))
	}
	for name, n := range readAll(t) {
		for _, text := range n.Texts {
			check(name, text.Source)
		}
	}
}

// hasAnchor reports whether a text in Markdown has a heading with that anchor, as GitHub makes it.
func hasAnchor(text, anchor string) bool {
	for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		plain := regexp.MustCompile(`[^\p{L}\p{N} -]`).ReplaceAllString(strings.ToLower(h[1]), "")
		if "#"+strings.ReplaceAll(plain, " ", "-") == anchor {
			return true
		}
	}
	return false
}
