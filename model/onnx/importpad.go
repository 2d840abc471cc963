package onnx

import "slices"

// pad notes zeros around images, which the convolution or the average pooling after it adds, as after
// every average pooling that PyTorch exports.
func (i *importer) pad(n *Node) (view, error) {
	v, err := i.view(n, 0)
	if err != nil {
		return v, err
	}
	if mode := n.text("mode", "constant"); mode != "constant" {
		return v, unsupported("attribute mode is %q", mode)
	}
	if value := n.float("value", 0); value != 0 {
		return v, unsupported("padding with %v, want 0", value)
	}
	if fill, err := i.constant(n, 2); err != nil {
		return v, err
	} else if fill != nil {
		list, err := fill.Float32s()
		if err != nil || len(list) != 1 || list[0] != 0 {
			return v, unsupported("padding with another value than 0")
		}
	}
	var pads []int64
	if a := n.attribute("pads"); a != nil {
		pads = a.Ints
	} else if len(n.Inputs) > 1 {
		if pads, err = i.integers(n.Inputs[1]); err != nil {
			return v, err
		}
	}
	axes := inOrder(len(v.axes))
	if len(n.Inputs) > 3 && n.Inputs[3] != "" {
		list, err := i.integers(n.Inputs[3])
		if err != nil {
			return v, err
		}
		if axes, err = axesOf(list, len(v.axes)); err != nil {
			return v, err
		}
	}
	if len(pads) != 2*len(axes) {
		return v, unsupported("%d numbers of padding for %d axes", len(pads), len(axes))
	}
	for k, p := range pads {
		side, a := k/len(axes), v.axes[axes[k%len(axes)]]
		switch {
		case p == 0:
		case p < 0 || p > 1<<16:
			return v, unsupported("padding of %v, want numbers from 0 to 65536", pads)
		case !slices.Equal(v.axes, imageAxes) || a != 1 && a != 2:
			return v, unsupported("padding of %v for the shape %v, want padding of images along height and width", pads, v.shape())
		default:
			v.pad[2*side+a-1] += int(p)
		}
	}
	return v, nil
}
