package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkstone/train/data/digits"
)

// drawn returns the content of a PNG file with a built-in digit, its pixels and its label.
func drawn(t *testing.T, seed uint64) (content, pixels []byte, label string) {
	t.Helper()
	pixels, labels := digits.Generate(seed, 1)
	var b bytes.Buffer
	if err := png.Encode(&b, enlarged(pixels)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), pixels, string('0' + rune(labels[0]))
}

// fromStandardInput replaces the standard input during a test.
func fromStandardInput(t *testing.T, r io.Reader) {
	old := standardInput
	standardInput = r
	t.Cleanup(func() { standardInput = old })
}

// results runs the command with the built-in model and returns its JSON lines and what it writes
// to the standard error.
func results(t *testing.T, args ...string) ([]prediction, string) {
	t.Helper()
	var out, errors bytes.Buffer
	if err := run(t.Context(), append([]string{"-json"}, args...), &out, &errors); err != nil {
		t.Fatal(err)
	}
	var list []prediction
	for d := json.NewDecoder(&out); d.More(); {
		var p prediction
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list, errors.String()
}

// row returns a row of a CSV file.
func row(first string, pixels []byte) string {
	for _, p := range pixels {
		first += fmt.Sprintf(",%d", p)
	}
	return strings.TrimPrefix(first, ",") + "\n"
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	want := map[string]string{}
	for i, name := range []string{"b.png", "sub/a.PNG", ".hidden.png", ".git/c.png", "notes.txt"} {
		content, _, label := drawn(t, uint64(i+40))
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		if i < 2 {
			want[path] = label
		}
	}
	list, messages := results(t, dir)
	if len(list) != 2 || !strings.Contains(messages, "1 files without") || !strings.Contains(messages, "built-in one is used: tiny") {
		t.Errorf("read %+v, wrote %q, want the pictures %v", list, messages, want)
	}
	for _, p := range list {
		if want[p.File] != p.Label {
			t.Errorf("%s is read as %s, want %s", p.File, p.Label, want[p.File])
		}
	}
	empty := t.TempDir()
	if err := run(t.Context(), []string{empty}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), empty) {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestStandardInput(t *testing.T) {
	content, pixels, label := drawn(t, 7)
	fromStandardInput(t, bytes.NewReader(content))
	if list, _ := results(t, "-"); len(list) != 1 || list[0].File != "-" || list[0].Label != label {
		t.Errorf("read %+v, want %s", list, label)
	}
	fromStandardInput(t, strings.NewReader(row("", pixels)))
	if list, _ := results(t, "-"); len(list) != 1 || list[0].File != "standard input:1" || list[0].Label != label {
		t.Errorf("read %+v, want %s", list, label)
	}
	fromStandardInput(t, strings.NewReader("neither"))
	if err := run(t.Context(), []string{"-"}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "standard input: not a PNG") {
		t.Errorf("text from the standard input: %v", err)
	}
}

func TestTable(t *testing.T) {
	write := func(content string) string {
		path := filepath.Join(t.TempDir(), "digits.csv")
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	_, first, firstLabel := drawn(t, 7)
	_, second, secondLabel := drawn(t, 8)
	head := "label"
	for i := range 784 {
		head += fmt.Sprintf(",pixel%d", i)
	}
	path := write(head + "\n" + row(firstLabel, first) + row("no", second))
	list, messages := results(t, path)
	if len(list) != 2 || list[0].Label != firstLabel || list[1].Label != secondLabel || list[1].File != path+":3" || !strings.Contains(messages, "1 of 2 answers agree with the labels (50.00 %)") {
		t.Errorf("read %+v, wrote %q, want %s and %s", list, messages, firstLabel, secondLabel)
	}
	for want, content := range map[string]string{
		"line 2 has 3 fields, want 784": row("", first) + "1,2,3\n",
		`line 1 has "256" as pixel 1`:   strings.Replace(row("7", append([]byte{1, 77}, first[2:]...)), "77", "256", 1),
	} {
		if err := run(t.Context(), []string{write(content)}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

func TestCSV(t *testing.T) {
	content, _, label := drawn(t, 7)
	fromStandardInput(t, bytes.NewReader(content))
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-csv", "-"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(lines) != 2 {
		t.Fatalf("%v, %v", lines, err)
	}
	if strings.Join(lines[0], " ") != "picture answer first first_probability second second_probability third third_probability doubts" || lines[1][1] != label || lines[1][2] != label || !strings.HasPrefix(lines[1][3], "0.9") {
		t.Errorf("printed %q", lines)
	}
}

// The answers for the rows of a table have the bits of each row read alone, with several models and views too.
func TestBatchesEqualSingleImages(t *testing.T) {
	pixels, _ := digits.Generate(3, 150)
	var rows []string
	for i := range 150 {
		rows = append(rows, row("", pixels[i*784:(i+1)*784]))
	}
	models := []string{"-model", trainedModel(t, "lenet5"), "-model", trainedModel(t, "tiny")}
	for _, flags := range [][]string{models[:2], append([]string{"-tta"}, models...)} {
		fromStandardInput(t, strings.NewReader(strings.Join(rows, "")))
		all, _ := results(t, append(flags, "-")...)
		if len(all) != 150 {
			t.Fatalf("%d answers, want 150", len(all))
		}
		for i := 0; i < 150; i += 7 {
			picture := image.NewGray(image.Rect(0, 0, 28, 28))
			copy(picture.Pix, pixels[i*784:])
			one, _ := results(t, append(flags, writePNG(t, picture))...)
			if len(one) != 1 || !slices.Equal(one[0].Probabilities, all[i].Probabilities) {
				t.Errorf("%v: row %d has the probabilities %v, alone %v", flags, i, all[i].Probabilities, one[0].Probabilities)
			}
		}
	}
}

// The rows of the standard input are read as they come: the answers of the first batches are there
// before the input ends.
func TestRowsAsTheyCome(t *testing.T) {
	pixels, _ := digits.Generate(3, 1)
	in, toInput := io.Pipe()
	output, out := io.Pipe()
	fromStandardInput(t, in)
	done := make(chan error)
	go func() {
		err := run(t.Context(), []string{"-csv", "-"}, out, io.Discard)
		out.Close()
		done <- err
	}()
	go func() {
		for range 2*testBatch + 3 { // the scanner and the last batch may hold some
			io.WriteString(toInput, row("", pixels))
		}
	}()
	lines := bufio.NewScanner(output)
	for i := range testBatch {
		if !lines.Scan() {
			t.Fatalf("there are %d lines: %v", i, lines.Err())
		}
	}
	toInput.Close()
	count := testBatch
	for lines.Scan() {
		count++
	}
	if err := <-done; err != nil || count < testBatch+1 {
		t.Errorf("%d lines, error %v", count, err)
	}
}

// A row that cannot be read does not keep the others from being read.
func TestBadRows(t *testing.T) {
	pixels, labels := digits.Generate(3, 2)
	good := row("", pixels[:784])
	fromStandardInput(t, strings.NewReader(good+"1,2,3\n\n"+strings.Replace(good, ",", ",x", 1)+row("", pixels[784:])))
	var out bytes.Buffer
	err := run(t.Context(), []string{"-csv", "-"}, &out, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "2 of 4 pictures could not be read; the first: standard input: line 2 has 3 fields") {
		t.Errorf("error is %v, want one about two rows", err)
	}
	for i, name := range []string{"standard input:1,", "standard input:5,"} {
		if want := name + string('0'+rune(labels[i])); !strings.Contains(out.String(), want) {
			t.Errorf("printed %q, want %q", out.String(), want)
		}
	}
	fromStandardInput(t, strings.NewReader(strings.Repeat("1,", 40000)))
	if err := run(t.Context(), []string{"-"}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "standard input: line 1 has more than 65536 bytes") {
		t.Errorf("error is %v, want one about the length of the line", err)
	}
	fromStandardInput(t, strings.NewReader("label"+strings.Repeat(",pixel", 784)))
	if err := run(t.Context(), []string{"-"}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "there is no image in it") {
		t.Errorf("error is %v, want one about a table without images", err)
	}
	// Quotes, spaces, and the mark that some programs begin a file with.
	fromStandardInput(t, strings.NewReader("\ufeff\""+strings.ReplaceAll(strings.TrimSpace(good), ",", "\", \"")+"\"\r\n"))
	if list, _ := results(t, "-"); len(list) != 1 || list[0].Label != string('0'+rune(labels[0])) {
		t.Errorf("a row with quotes is read as %+v", list)
	}
}
