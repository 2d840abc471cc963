package model

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"inkstone/graph"
	"inkstone/model/safetensors"
)

// heads are the values that [Start.Head] accepts, the default first.
var heads = []string{"auto", "keep", "new"}

// Start describes how to make a model from the parameters in a file: to fine-tune a
// trained model for another task, or to import parameters that PyTorch wrote.
type Start struct {
	Path string // name of a safetensors file

	// Preset is the name of the network. It may be empty for a file that Inkstone wrote,
	// since such a file names its network; otherwise the two must be equal.
	Preset string
	// Classes are the classes of the new task; nil means those of the file.
	Classes []string
	// Head says how to initialize the head (see [Model.Head]): "keep" loads it from the
	// file, "new" gives it initial values, and "auto" or "" keeps it if the file's classes
	// equal those of the new task.
	Head string
	// Partial accepts a file in which parameters are missing, unknown or of other shapes.
	// Without it these are errors, except in the head. [Model.Freeze] without patterns does
	// not freeze the layers of parameters that are not loaded.
	Partial bool
	// Seed determines the initial values of parameters that are not loaded.
	Seed uint64

	// The size of the images and the mean and standard deviation of their pixels, as in
	// [Spec], for a file without Inkstone's metadata. Zeros mean the values of MNIST.
	Height, Width int
	Mean, Std     float64
}

// headLimit bounds the elements that a new head may have beyond those of the file.
const headLimit = 1 << 20

// Transfer lists which parameters of a model were loaded from a file.
type Transfer struct {
	Prefix  string   // removed from the names of the file's tensors, such as "module.", which PyTorch's wrappers add
	Loaded  []string // parameters loaded from the file
	New     []string // parameters with initial values
	LeftOut []string // unused tensors of the file
	Head    string   // whether the head was kept, and why
	// HeadKept reports whether the head was loaded: the classes are those of the file.
	HeadKept bool
}

// String returns a few lines with the loaded, new and unused names.
func (t *Transfer) String() string {
	var b strings.Builder
	if t.Prefix != "" {
		fmt.Fprintf(&b, "prefix   %s (removed from the names in the file)\n", t.Prefix)
	}
	fmt.Fprintf(&b, "loaded   %s\n", list(t.Loaded))
	fmt.Fprintf(&b, "new      %s\n", list(t.New))
	fmt.Fprintf(&b, "left out %s\n", list(t.LeftOut))
	fmt.Fprintf(&b, "head     %s\n", t.Head)
	return b.String()
}

// Load returns a model with the parameters of the file. Errors wrap the same variables
// as those of the function [Load]; [ErrMismatch] also reports a file of another network
// and a head that cannot be kept.
func (s Start) Load() (m *Model, t *Transfer, err error) {
	defer carry(&m, &err)
	content, err := os.ReadFile(s.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("model file %w", err)
	}
	if m, t, err = s.parse(content); err != nil {
		return nil, nil, fmt.Errorf("model file %s: %w", s.Path, err)
	}
	return m, t, nil
}

func (s Start) parse(content []byte) (*Model, *Transfer, error) {
	if s.Head == "" {
		s.Head = heads[0]
	}
	if !slices.Contains(heads, s.Head) {
		return nil, nil, fmt.Errorf("the head option is %q, want one of %s", s.Head, strings.Join(heads, ", "))
	}
	f, err := parseTensors(content)
	if err != nil {
		return nil, nil, err
	}
	spec, known, err := s.spec(f)
	if err != nil {
		return nil, nil, err
	}
	limit := parameterLimit(f) + headLimit
	if spec.imported, err = parseSkeleton(f.Metadata, limit); err != nil {
		return nil, nil, err
	}
	m, err := build(spec.withDefaults(), limit)
	if errors.Is(err, graph.ErrLimit) {
		return nil, nil, fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	if err != nil {
		return nil, nil, err
	}
	head, err := m.Head()
	if err != nil {
		return nil, nil, err
	}
	t := &Transfer{}
	if t.Prefix, err = stripPrefix(f, m.Params); err != nil {
		return nil, nil, err
	}
	fresh, err := s.head(m, f, head, known, t)
	if err != nil {
		return nil, nil, err
	}
	t.HeadKept = len(fresh) == 0
	if err := s.take(m, f, fresh, t); err != nil {
		return nil, nil, err
	}
	m.fresh, m.unchecked = t.New, known != nil && !hasChecksum(f)
	return m, t, nil
}

// spec returns the model to make and the classes that the file names, nil if it names
// none.
func (s Start) spec(f *safetensors.File) (spec Spec, known []string, err error) {
	if _, ok := f.Metadata[keyVersion]; !ok {
		if s.Preset == "" {
			return spec, nil, fmt.Errorf("%w: the file does not name its network; choose one of %s", ErrNotModel, strings.Join(names(), ", "))
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
			return spec, nil, fmt.Errorf("%w %q: the file holds the network %q", ErrMismatch, s.Preset, from.Preset)
		}
		known = from.Classes
		spec = Spec{Preset: from.Preset, Height: from.Height, Width: from.Width, Mean: from.Mean, Std: from.Std}
	}
	spec.Seed, spec.Classes = s.Seed, s.Classes
	if spec.Classes == nil {
		spec.Classes = known
	}
	if spec.Classes == nil {
		return spec, nil, fmt.Errorf("%w: the file does not name its classes; name those of the task", ErrNotModel)
	}
	return spec, known, nil
}

// head decides whether to keep the head and records the decision in t. It returns the
// names of the parameters that need initial values.
func (s Start) head(m *Model, f *safetensors.File, head, known []string, t *Transfer) (fresh []string, err error) {
	fits := func() error {
		for _, name := range head {
			x := f.Get(name)
			if x == nil {
				return fmt.Errorf("the file has no %s", name)
			}
			if p := inFile(m.Params.Get(name), f); !slices.Equal(x.Shape, p.PortableShape()) {
				return fmt.Errorf("the file's %s has shape %s, %d classes need %s", name, sizes(x.Shape), len(m.Classes), sizes(p.PortableShape()))
			}
		}
		return nil
	}()
	told := strings.Join(head, ", ")
	same := slices.Equal(known, m.Classes)
	switch {
	case s.Head == "new":
		t.Head = fmt.Sprintf("new (%s), as requested", told)
		return head, nil
	case s.Head == "keep" && fits != nil:
		return nil, fmt.Errorf("%w %q: the head cannot be kept: %w", ErrMismatch, m.Preset, fits)
	case s.Head == "keep" && !same && known != nil:
		t.Head = fmt.Sprintf("kept (%s), as requested, although the file's classes are %s and the task's are %s", told, strings.Join(known, " "), strings.Join(m.Classes, " "))
	case s.Head == "keep":
		t.Head = fmt.Sprintf("kept (%s), as requested", told)
	case fits != nil:
		t.Head = fmt.Sprintf("new (%s): %v", told, fits)
		return head, nil
	case known != nil && !same:
		t.Head = fmt.Sprintf("new (%s): the file's classes are %s, the task's are %s", told, strings.Join(known, " "), strings.Join(m.Classes, " "))
		return head, nil
	case known == nil:
		t.Head = fmt.Sprintf("kept (%s): its shapes fit the task; the file does not name its classes", told)
	default:
		t.Head = fmt.Sprintf("kept (%s): the classes are the same", told)
	}
	return nil, nil
}

// take sets all parameters but the fresh ones from the file and records in t what it did.
func (s Start) take(m *Model, f *safetensors.File, fresh []string, t *Transfer) error {
	var wrong []string
	for _, p := range m.Params.All() {
		p, x := inFile(p, f), f.Get(p.Name())
		switch {
		case slices.Contains(fresh, p.Name()):
			t.New = append(t.New, p.Name())
		case x == nil:
			t.New = append(t.New, p.Name())
			wrong = append(wrong, "missing "+p.Name())
		case !slices.Equal(x.Shape, p.PortableShape()):
			t.New = append(t.New, p.Name())
			wrong = append(wrong, fmt.Sprintf("%s has shape %s, want %s", p.Name(), sizes(x.Shape), sizes(p.PortableShape())))
		default:
			if err := setParam(p, x); err != nil {
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
		// PyTorch's batch normalization also stores a count of batches, which is not needed.
		if m.Params.Get(x.Name) == nil && !strings.HasSuffix(x.Name, ".num_batches_tracked") {
			wrong = append(wrong, "unknown "+x.Name)
		}
	}
	switch {
	case len(t.Loaded) == 0:
		return fmt.Errorf("%w %q: no tensor fits (%s)", ErrMismatch, m.Preset, strings.Join(wrong, "; "))
	case len(wrong) > 0 && !s.Partial:
		return fmt.Errorf("%w %q (%s); a partial start loads the tensors that match", ErrMismatch, m.Preset, strings.Join(wrong, "; "))
	}
	return nil
}
