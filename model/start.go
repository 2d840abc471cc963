package model

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"inkstone/model/safetensors"
)

// Heads are what [Start.Head] may be.
var heads = []string{"auto", "keep", "new"}

// Start says how to begin from a trained model: for another task perhaps, and perhaps
// from a file that PyTorch wrote.
type Start struct {
	Path string // of a safetensors file

	// Preset is the network. It may be empty for a file of Inkstone's, which names its
	// own, and must then agree with it.
	Preset string
	// Classes are those of the new task; nil for the file's.
	Classes []string
	// Head says what becomes of the head (see [Model.Head]): "keep" takes the file's,
	// "new" makes it afresh, and "auto", or nothing, keeps it if the file's classes are
	// those of the new task.
	Head string
	// Partial accepts a file that lacks parameters, has others, or has them in other
	// shapes. Otherwise these are errors, but for the head.
	Partial bool
	// Seed gives the initial values of what is made anew.
	Seed uint64

	// For a file without Inkstone's metadata: the size of the images and the mean and
	// deviation of their pixels, as in [Spec]. Nothing stands for MNIST's.
	Height, Width int
	Mean, Std     float64
}

// Transfer tells what a model has from the file that it began from.
type Transfer struct {
	Loaded  []string // parameters that the file gave
	New     []string // parameters made anew
	LeftOut []string // tensors of the file that were not used
	Head    string   // what became of the head, and why
}

// String tells in a few lines what was loaded, left out and made anew.
func (t *Transfer) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "loaded   %s\n", list(t.Loaded))
	fmt.Fprintf(&b, "new      %s\n", list(t.New))
	fmt.Fprintf(&b, "left out %s\n", list(t.LeftOut))
	fmt.Fprintf(&b, "head     %s\n", t.Head)
	return b.String()
}

// Load makes a model that begins from the file.
func (s Start) Load() (*Model, *Transfer, error) {
	content, err := os.ReadFile(s.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("model file %w", err)
	}
	m, t, err := s.parse(content)
	if err != nil {
		return nil, nil, fmt.Errorf("model file %s: %w", s.Path, err)
	}
	return m, t, nil
}

func (s Start) parse(content []byte) (*Model, *Transfer, error) {
	if s.Head == "" {
		s.Head = heads[0]
	}
	if !slices.Contains(heads, s.Head) {
		return nil, nil, fmt.Errorf("the head is to be %q, want %s", s.Head, strings.Join(heads, ", "))
	}
	f, err := safetensors.Parse(content)
	if err != nil {
		return nil, nil, err
	}
	spec, known, err := s.spec(f)
	if err != nil {
		return nil, nil, err
	}
	m, err := New(spec)
	if err != nil {
		return nil, nil, err
	}
	head, err := m.Head()
	if err != nil {
		return nil, nil, err
	}
	t := &Transfer{}
	fresh, err := s.head(m, f, head, known, t)
	if err != nil {
		return nil, nil, err
	}
	return m, t, s.take(m, f, fresh, t)
}

// PresetOf returns the name of the network of a model file, "" for a file that Inkstone did
// not write. It reads only the header of the file.
func PresetOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("model file %w", err)
	}
	defer f.Close()
	metadata, err := safetensors.ReadMetadata(f)
	if err != nil {
		return "", fmt.Errorf("model file %s: %w", path, err)
	}
	return metadata[keyPreset], nil
}

// spec is the model to make, and the classes of the file, nil if it does not say.
func (s Start) spec(f *safetensors.File) (spec Spec, known []string, err error) {
	if _, ok := f.Metadata[keyVersion]; !ok {
		if s.Preset == "" {
			return spec, nil, fmt.Errorf("it does not say which network it is of: name one of %s", strings.Join(names(), ", "))
		}
		spec = Spec{Preset: s.Preset, Height: s.Height, Width: s.Width, Mean: s.Mean, Std: s.Std}
		if spec.Height == 0 && spec.Width == 0 {
			spec.Height, spec.Width = 28, 28
		}
	} else {
		from, _, err := parseMetadata(f.Metadata)
		if err != nil {
			return spec, nil, err
		}
		if s.Preset != "" && s.Preset != from.Preset {
			return spec, nil, fmt.Errorf("it is of the network %q, not of %q", from.Preset, s.Preset)
		}
		known = from.Classes
		spec = Spec{Preset: from.Preset, Height: from.Height, Width: from.Width, Mean: from.Mean, Std: from.Std}
	}
	spec.Seed, spec.Classes = s.Seed, s.Classes
	if spec.Classes == nil {
		spec.Classes = known
	}
	if spec.Classes == nil {
		return spec, nil, fmt.Errorf("it does not say which classes it tells apart: name those of the task")
	}
	return spec, known, nil
}

// head decides whether the parameters of the head are made anew.
func (s Start) head(m *Model, f *safetensors.File, head, known []string, t *Transfer) (fresh []string, err error) {
	fits := func() error {
		for _, name := range head {
			x := f.Get(name)
			if x == nil {
				return fmt.Errorf("the file has no %s", name)
			}
			if p := m.Params.Get(name); !slices.Equal(x.Shape, p.PortableShape()) {
				return fmt.Errorf("the file's %s is %s, %d classes need %s", name, sizes(x.Shape), len(m.Classes), sizes(p.PortableShape()))
			}
		}
		return nil
	}()
	told := strings.Join(head, ", ")
	same := slices.Equal(known, m.Classes)
	switch {
	case s.Head == "new":
		t.Head = fmt.Sprintf("new (%s), as asked for", told)
		return head, nil
	case s.Head == "keep" && fits != nil:
		return nil, fmt.Errorf("the head cannot be kept: %w", fits)
	case s.Head == "keep" && !same && known != nil:
		t.Head = fmt.Sprintf("kept (%s), as asked for, though the file tells %s apart and the task is %s", told, strings.Join(known, " "), strings.Join(m.Classes, " "))
	case s.Head == "keep":
		t.Head = fmt.Sprintf("kept (%s), as asked for", told)
	case fits != nil:
		t.Head = fmt.Sprintf("new (%s): %v", told, fits)
		return head, nil
	case known != nil && !same:
		t.Head = fmt.Sprintf("new (%s): the file tells %s apart, the task is %s", told, strings.Join(known, " "), strings.Join(m.Classes, " "))
		return head, nil
	case known == nil:
		t.Head = fmt.Sprintf("kept (%s): it has the shape that the task needs; the file does not name its classes", told)
	default:
		t.Head = fmt.Sprintf("kept (%s): the classes are the same", told)
	}
	return nil, nil
}

// take fills the parameters from the file, but for the fresh ones.
func (s Start) take(m *Model, f *safetensors.File, fresh []string, t *Transfer) error {
	var wrong []string
	for _, p := range m.Params.All() {
		x := f.Get(p.Name())
		switch {
		case slices.Contains(fresh, p.Name()):
			t.New = append(t.New, p.Name())
		case x == nil:
			t.New = append(t.New, p.Name())
			wrong = append(wrong, "it lacks "+p.Name())
		case !slices.Equal(x.Shape, p.PortableShape()):
			t.New = append(t.New, p.Name())
			wrong = append(wrong, fmt.Sprintf("its %s is %s, not %s", p.Name(), sizes(x.Shape), sizes(p.PortableShape())))
		default:
			if err := fill(p, x); err != nil {
				return err
			}
			t.Loaded = append(t.Loaded, p.Name())
		}
	}
	for _, x := range f.Tensors {
		if slices.Contains(t.Loaded, x.Name) {
			continue
		}
		t.LeftOut = append(t.LeftOut, x.Name)
		// PyTorch counts batches in its batch normalisations, for nothing that is used here.
		if m.Params.Get(x.Name) == nil && !strings.HasSuffix(x.Name, ".num_batches_tracked") {
			wrong = append(wrong, "it has "+x.Name)
		}
	}
	switch {
	case len(t.Loaded) == 0:
		return fmt.Errorf("nothing of it fits the network %q (%s)", m.Preset, strings.Join(wrong, "; "))
	case len(wrong) > 0 && !s.Partial:
		return fmt.Errorf("it does not match the network %q (%s): ask for a partial start to take what matches", m.Preset, strings.Join(wrong, "; "))
	}
	return nil
}
