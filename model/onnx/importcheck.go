package onnx

import (
	"fmt"
	"slices"
)

// attributeTypes has the type of each attribute that Import reads. An attribute has the same type in
// all operators, except that the value of Pad is a number.
var attributeTypes = map[string]int32{
	"allowzero": IntAttribute, "alpha": FloatAttribute, "approximate": StringAttribute, "auto_pad": StringAttribute,
	"axes": IntsAttribute, "axis": IntAttribute, "beta": FloatAttribute, "block_size": IntAttribute, "ceil_mode": IntAttribute,
	"count_include_pad": IntAttribute, "dilations": IntsAttribute, "epsilon": FloatAttribute, "group": IntAttribute,
	"keepdims": IntAttribute, "kernel_shape": IntsAttribute, "mode": StringAttribute, "momentum": FloatAttribute, "noop_with_empty_axes": IntAttribute,
	"pads": IntsAttribute, "perm": IntsAttribute, "ratio": FloatAttribute, "saturate": IntAttribute, "seed": IntAttribute,
	"spatial": IntAttribute, "storage_order": IntAttribute, "strides": IntsAttribute, "to": IntAttribute,
	"training_mode": IntAttribute, "transA": IntAttribute, "transB": IntAttribute, "value": TensorAttribute,
	"value_float": FloatAttribute, "value_floats": FloatsAttribute, "value_int": IntAttribute, "value_ints": IntsAttribute,
}

// checkAttributes returns an error for an attribute that is not in the list, that a node has twice,
// or that has another type than its operator expects.
func (n *Node) checkAttributes(list []string) error {
	for k, a := range n.Attributes {
		if !slices.Contains(list, a.Name) {
			return unsupported("attribute %q", a.Name)
		}
		want := attributeTypes[a.Name]
		if a.Name == "value" && n.Op == "Pad" {
			want = FloatAttribute
		}
		if a.Type != want {
			return fmt.Errorf("attribute %q has the type %d, want %d", a.Name, a.Type, want)
		}
		if slices.ContainsFunc(n.Attributes[:k], func(b Attribute) bool { return b.Name == a.Name }) {
			return fmt.Errorf("attribute %q is there twice", a.Name)
		}
	}
	return nil
}
