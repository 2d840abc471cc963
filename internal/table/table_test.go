package table

import "testing"

func sample() *Table {
	t := &Table{Title: "a <title>", Indent: "  ", Columns: append(Columns(1, "name", "µs"), Column{Head: "note"})}
	t.Add("<conv>", "12.5", "long & wide")
	t.Add("né", "1", "")
	return t
}

func TestString(t *testing.T) {
	const want = `
a <title>
  name      µs  note
  <conv>  12.5  long & wide
  né         1
`
	if got := "\n" + sample().String(); got != want {
		t.Errorf("got%s\nwant%s", got, want)
	}
	bare := &Table{Columns: Columns(0, "", "b")}
	bare.Add("1", "22")
	if got, want := bare.String(), "    b\n1  22\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHTML(t *testing.T) {
	const want = `<table><caption>a &lt;title&gt;</caption>` +
		`<tr><th style="text-align:left">name</th><th style="text-align:right">µs</th><th style="text-align:left">note</th></tr>` +
		`<tr><td style="text-align:left">&lt;conv&gt;</td><td style="text-align:right">12.5</td><td style="text-align:left">long &amp; wide</td></tr>` +
		`<tr><td style="text-align:left">né</td><td style="text-align:right">1</td><td style="text-align:left"></td></tr></table>`
	if got := sample().HTML(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
