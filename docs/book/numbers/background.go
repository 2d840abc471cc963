package numbers

import (
	"inkstone/docs/book/marks"
	"inkstone/model"
)

// background computes the numbers of chapter 1: the sizes of the networks.
func background(v marks.Values) error {
	for _, preset := range []string{"tiny", "fast", "cnn", "best", "lenet5", "resnet"} {
		m, err := model.New(model.Spec{Preset: preset})
		if err != nil {
			return err
		}
		n := m.Params.Count()
		v["parameters."+preset], v["kib."+preset] = n, float64(n)*4/1024
		v["share."+preset] = float64(n) / 175e9 * 1e6 // of GPT-3's parameters, in millionths
		var flops int64
		for _, l := range m.Layers() {
			flops += l.FLOPs
		}
		v["mflops."+preset] = float64(flops) / 1e6
	}
	return nil
}

// networks computes the numbers of chapter 2.
func networks(v marks.Values) error {
	// A dense layer that maps 28 x 28 pixels to as many values as a convolution of 16 filters of 5 x 5.
	v["dense.weights"] = 28 * 28 * 24 * 24 * 16
	v["conv.weights"] = 5*5*16 + 16
	m, err := model.New(model.Spec{Preset: "fast"})
	if err != nil {
		return err
	}
	summary, err := m.Summary()
	if err != nil {
		return err
	}
	v["fast.summary"] = summary.String()
	return nil
}
