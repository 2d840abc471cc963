package peers

import (
	"context"
	"encoding/json"
)

// node is the program that runs JavaScript.
const node = "node"

// onnxSettings are the settings that onnxruntime.mjs reads.
type onnxSettings struct {
	Modules string  `json:"modules"`
	Model   string  `json:"model,omitempty"`
	Threads int     `json:"threads,omitempty"`
	Batch   int     `json:"batch,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
}

type onnxRuntime struct {
	folder  *Folder
	modules string

	torch      *pytorch       // writes the ONNX files
	parameters map[string]int // of the networks whose files are written
}

// findONNXRuntime looks for the package onnxruntime-node of Node.js.
func (f *Folder) findONNXRuntime(ctx context.Context, modules string, torch *pytorch) *Peer {
	o := &onnxRuntime{folder: f, modules: modules, torch: torch, parameters: map[string]int{}}
	p := &Peer{Name: "ONNX Runtime", measure: o.measure}
	var r struct{ Version string }
	if err := o.call(ctx, &r, onnxSettings{}); err != nil {
		p.Missing = err.Error()
	} else if torch.missing != "" {
		p.Missing = "PyTorch, which writes the ONNX files, is missing"
	}
	p.Version = r.Version
	return p
}

func (o *onnxRuntime) call(ctx context.Context, result any, s onnxSettings) error {
	s.Modules = o.modules
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return call(ctx, result, nil, node, o.folder.file("onnxruntime.mjs"), string(text))
}

func (o *onnxRuntime) measure(ctx context.Context, j Job) (*Figures, error) {
	path := o.folder.file(j.Model + ".onnx")
	if _, ok := o.parameters[j.Model]; !ok {
		n, err := o.torch.export(ctx, j.Model, path)
		if err != nil {
			return nil, err
		}
		o.parameters[j.Model] = n
	}
	if err := checkParameters(o.parameters[j.Model], j); err != nil {
		return nil, err
	}
	var f Figures
	err := o.call(ctx, &f, onnxSettings{Model: path, Threads: j.Threads, Batch: j.ForwardBatch, Seconds: j.Seconds})
	return &f, err
}
