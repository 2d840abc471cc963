package onnx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// File is the content of an ONNX file, as far as networks of this module need it: the messages
// of onnx.proto without subgraphs, local functions and training information.
type File struct {
	IRVersion int64
	Producer  string // the program that wrote the file
	Doc       string
	Opset     int64 // version of the operators of the default domain; 0 if the file names none
	Domains   []Domain
	Graph     Graph
	Metadata  []Entry
}

// Domain is a set of operators besides the default one, with its version.
type Domain struct {
	Name    string
	Version int64
}

// Entry is a key and a value of the metadata.
type Entry struct {
	Key, Value string
}

// Get returns the value of a key of the metadata, "" if there is none.
func (f *File) Get(key string) string {
	for _, e := range f.Metadata {
		if e.Key == key {
			return e.Value
		}
	}
	return ""
}

// Graph is the network of a file.
type Graph struct {
	Name            string
	Nodes           []Node // each after the nodes that it reads
	Initializers    []Tensor
	Inputs, Outputs []Value
}

// Initializer returns the initializer of that name, or nil.
func (g *Graph) Initializer(name string) *Tensor {
	for i := range g.Initializers {
		if g.Initializers[i].Name == name {
			return &g.Initializers[i]
		}
	}
	return nil
}

// Node is a use of an operator.
type Node struct {
	Name, Op, Domain string
	Inputs, Outputs  []string // an empty name stands for an optional one that is left out
	Attributes       []Attribute

	pattern bool // stands for several nodes, see replacePatterns
}

// String names the node for errors: Conv "conv1".
func (n *Node) String() string {
	name := n.Name
	if name == "" && len(n.Outputs) > 0 {
		name = n.Outputs[0]
	}
	return fmt.Sprintf("%s %q", n.Op, name)
}

// Types of attributes, as in onnx.proto.
const (
	FloatAttribute   = 1
	IntAttribute     = 2
	StringAttribute  = 3
	TensorAttribute  = 4
	GraphAttribute   = 5
	FloatsAttribute  = 6
	IntsAttribute    = 7
	StringsAttribute = 8
)

// Attribute is a setting of a node. Its type says which of the fields holds the value.
type Attribute struct {
	Name   string
	Type   int32
	Float  float32
	Int    int64
	Text   string
	Tensor *Tensor
	Floats []float32
	Ints   []int64
	Texts  []string
}

// Value describes an input or an output of a graph.
type Value struct {
	Name  string
	Type  int32 // of the elements
	Shape []Dim // nil if the file does not give it
}

// Dim is a size along an axis: a number, or a name if it is not fixed.
type Dim struct {
	Size int64
	Name string
}

// String returns the name or the number.
func (d Dim) String() string {
	if d.Name != "" {
		return d.Name
	}
	return strconv.FormatInt(d.Size, 10)
}

// String returns the name, the type and the shape: images float32 [batch 1 28 28].
func (v Value) String() string {
	var sizes []string
	for _, d := range v.Shape {
		sizes = append(sizes, d.String())
	}
	return fmt.Sprintf("%s %s [%s]", v.Name, typeName(v.Type), strings.Join(sizes, " "))
}

// intAttribute and the functions after it return attributes of their types.
func intAttribute(name string, v int) Attribute {
	return Attribute{Name: name, Type: IntAttribute, Int: int64(v)}
}

func floatAttribute(name string, v float64) Attribute {
	return Attribute{Name: name, Type: FloatAttribute, Float: float32(v)}
}

func intsAttribute(name string, v ...int) Attribute {
	return Attribute{Name: name, Type: IntsAttribute, Ints: int64s(v)}
}

func int64s(v []int) []int64 {
	list := make([]int64, len(v))
	for i, x := range v {
		list[i] = int64(x)
	}
	return list
}

// attribute returns the attribute of that name, or nil.
func (n *Node) attribute(name string) *Attribute {
	i := slices.IndexFunc(n.Attributes, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &n.Attributes[i]
}
