package model

import (
	"bytes"
	"fmt"
	"strings"

	"inkstone/graph"
	"inkstone/model/safetensors"
)

// keyCheckpoint is the metadata key by which package train marks a checkpoint.
const keyCheckpoint = "inkstone.checkpoint"

// convert is how to make a file that can be read of one that torch.save wrote.
const convert = "convert it in Python with safetensors.torch.save_file(torch.load(FILE, weights_only=True), 'model.safetensors')"

// otherFormats are kinds of files that people name in place of a safetensors file.
var otherFormats = []struct {
	name string // what it is and what to do
	is   func(content []byte) bool
}{
	{"a pointer of git-lfs in place of the file itself; fetch the file with git lfs pull", begins("version https://git-lfs.github.com/spec/")},
	{"a web page, such as the message of a server, in place of the file; download the file itself", page},
	{"a Keras archive; save the parameters as safetensors", func(c []byte) bool { return begins("PK\x03\x04")(c) && bytes.Contains(c, []byte(".weights.h5")) }},
	{"a zip archive, such as torch.save writes (.pt, .pth); " + convert, begins("PK\x03\x04")},
	{"a Python pickle, such as torch.save writes (.pt, .pth); " + convert, pickle},
	{"an HDF5 file, such as Keras writes; save the parameters as safetensors", begins("\x89HDF\r\n\x1a\n")},
	{"a NumPy array; save the parameters as safetensors", begins("\x93NUMPY")},
	{"a GGUF file, which holds language models", begins("GGUF")},
	{"packed with gzip; unpack it", begins("\x1f\x8b")},
	{"a picture", func(c []byte) bool {
		return begins("\x89PNG\r\n")(c) || begins("\xff\xd8\xff")(c) || begins("GIF8")(c)
	}},
	{"a JSON text; the parameters are in files that end in .safetensors", jsonText},
}

// begins returns a function that reports whether a content begins with a text.
func begins(text string) func([]byte) bool {
	return func(content []byte) bool { return bytes.HasPrefix(content, []byte(text)) }
}

// jsonText reports whether a content may be JSON. A safetensors file begins with the same byte if its
// header has a suitable length, and then with bytes that are 0.
func jsonText(content []byte) bool {
	return begins("{")(content) && !bytes.Contains(content[:min(8, len(content))], []byte{0})
}

// page reports whether a content is HTML or XML.
func page(content []byte) bool {
	start := strings.ToLower(strings.TrimSpace(string(content[:min(200, len(content))])))
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<?xml"} {
		if strings.HasPrefix(start, tag) {
			return true
		}
	}
	return false
}

// pickle reports whether a content is a pickle of protocol 2 to 5. A safetensors file may
// begin with the same two bytes, but has a JSON header at byte 8.
func pickle(content []byte) bool {
	return len(content) > 8 && content[0] == 0x80 && content[1] >= 2 && content[1] <= 5 && content[8] != '{'
}

// otherFormat returns an error that says what a content is that is no safetensors file, nil
// if it is of no known kind.
func otherFormat(content []byte) error {
	for _, o := range otherFormats {
		if o.is(content) {
			return fmt.Errorf("%w: it is %s", ErrOtherFormat, o.name)
		}
	}
	return nil
}

// checkCheckpoint returns an error if a file is a checkpoint of a run.
func checkCheckpoint(f *safetensors.File) error {
	if _, ok := f.Metadata[keyCheckpoint]; ok {
		return fmt.Errorf("%w: it is a checkpoint of a run, for -resume; the model is in model.safetensors beside it", ErrOtherFormat)
	}
	return nil
}

// types describes the types of elements that are not read.
var types = map[string]string{
	"I8": "8-bit integers, of a quantized network", "U8": "8-bit integers, of a quantized network",
	"F8_E4M3": "8-bit floating point", "F8_E5M2": "8-bit floating point", "BOOL": "truth values",
}

// checkType returns an error if the elements of a tensor are no floating-point numbers that
// can be read.
func checkType(t *safetensors.Tensor) error {
	switch t.DType {
	case "F32", "F16", "BF16", "F64":
		return nil
	}
	what, ok := types[t.DType]
	if !ok {
		what = "integers"
	}
	return fmt.Errorf("%w: tensor %q has the type %s (%s), want F32, F16, BF16 or F64", ErrMismatch, t.Name, t.DType, what)
}

// longestName is the length of the longest name of a tensor in which a prefix is looked for.
const longestName = 1000

// stripPrefix removes a prefix such as "module." from the names of the tensors that have it,
// if more of them are then parameters of the network. It returns the prefix, "" for none, and
// an error if several prefixes fit equally well.
func stripPrefix(f *safetensors.File, params *graph.Params) (string, error) {
	matches := map[string]int{} // by prefix
	names := map[string]bool{}
	for _, t := range f.Tensors {
		names[t.Name] = true
		if len(t.Name) > longestName {
			continue
		}
		for i := -1; i < len(t.Name); i++ {
			if i >= 0 && t.Name[i] != '.' {
				continue
			}
			if prefix := t.Name[:i+1]; params.Get(t.Name[i+1:]) != nil {
				matches[prefix]++
			}
		}
	}
	best := ""
	for prefix, n := range matches {
		if n > matches[best] || n == matches[best] && best != "" && prefix != "" && prefix < best {
			best = prefix
		}
	}
	if best == "" {
		return "", nil
	}
	for prefix, n := range matches {
		if prefix != best && n == matches[best] {
			return "", fmt.Errorf("%w: its names fit the network both after %q and after %q", ErrMismatch, best, prefix)
		}
	}
	for i := range f.Tensors {
		if name, ok := strings.CutPrefix(f.Tensors[i].Name, best); ok && !names[name] {
			f.Tensors[i].Name = name
		}
	}
	return best, nil
}
