package explain

import (
	"fmt"
	"strings"
)

// GradCAM returns the part of the image for which a layer speaks for a class, by Grad-CAM. With
// the output A of the layer, of shape height, width, channels,
//
//	weight[c]  = mean over i,j of d logit[class] / d A[i,j,c]
//	value[i,j] = max(0, sum over c of weight[c] * A[i,j,c])
//
// The result is enlarged to the size of the image by bilinear interpolation; Coarse has the
// values before that. An empty name chooses the last layer whose output is an image of more than
// one pixel. Source: Selvaraju et al., arXiv:1610.02391.
func (e *Explainer) GradCAM(pixels []byte, class int, layer string) (result *Heat, err error) {
	defer e.carry(&err, func() { result = &Heat{err: err} })
	x, err := e.scaled(pixels)
	if err != nil {
		return nil, err
	}
	if layer, err = e.imageLayer(layer); err != nil {
		return nil, err
	}
	class, logits, err := e.choose(x, class)
	if err != nil {
		return nil, err
	}
	g, err := e.session(1, layer)
	if err != nil {
		return nil, err
	}
	if _, err := e.run(g, [][]float64{x}, [][]float64{e.oneHot(class)}); err != nil {
		return nil, err
	}
	out := g.Outputs()[0]
	s := out.Shape()
	coarse := gradCAM(out.Data().([]float32), g.LayerGradients()[0].Data().([]float32), s[3])
	h := e.heat("Grad-CAM at "+layer, "weighted sum of the channels", pixels, class, logits, enlarge(coarse, s[1], s[2], e.model.Height, e.model.Width))
	h.Coarse, h.CoarseHeight, h.CoarseWidth = coarse, s[1], s[2]
	return h, nil
}

// gradCAM returns the values for one image: output and gradient hold channels values for each place.
func gradCAM(output, gradient []float32, channels int) []float64 {
	places := len(output) / channels
	weight := make([]float64, channels)
	for i, v := range gradient {
		weight[i%channels] += float64(v) / float64(places)
	}
	values := make([]float64, places)
	for i, v := range output {
		values[i/channels] += weight[i%channels] * float64(v)
	}
	for i, v := range values {
		values[i] = max(0, v)
	}
	return values
}

// imageLayer returns the name of a layer whose output is an image: the one that is asked for, or
// the last one.
func (e *Explainer) imageLayer(name string) (string, error) {
	var fit []string
	for _, l := range e.layers {
		if s := l.Output; len(s) == 4 && s[1]*s[2] > 1 && l.Kind != "param" {
			fit = append(fit, l.Name)
		}
	}
	if name == "" {
		if len(fit) == 0 {
			return "", fmt.Errorf("explain: Grad-CAM needs a layer whose output is an image of more than one pixel, and model %q has none", e.model.Preset)
		}
		return fit[len(fit)-1], nil
	}
	if _, err := e.layer(name); err != nil {
		return "", err
	}
	for _, f := range fit {
		if f == name {
			return name, nil
		}
	}
	return "", fmt.Errorf("explain: the output of the layer %q is no image of more than one pixel; Grad-CAM works at %s", name, strings.Join(fit, ", "))
}

// enlarge interpolates values of height x width between their centers for an image of toHeight x
// toWidth. Outside of the outermost centers it repeats them.
func enlarge(values []float64, height, width, toHeight, toWidth int) []float64 {
	out := make([]float64, 0, toHeight*toWidth)
	for y := range toHeight {
		y0, y1, ty := between(y, toHeight, height)
		for x := range toWidth {
			x0, x1, tx := between(x, toWidth, width)
			top := values[y0*width+x0]*(1-tx) + values[y0*width+x1]*tx
			bottom := values[y1*width+x0]*(1-tx) + values[y1*width+x1]*tx
			out = append(out, top*(1-ty)+bottom*ty)
		}
	}
	return out
}

// between returns the two centers of n cells between which the center of cell i of total lies,
// and the share of the second.
func between(i, total, n int) (first, second int, share float64) {
	at := (float64(i)+0.5)*float64(n)/float64(total) - 0.5
	at = min(max(at, 0), float64(n-1))
	first = int(at)
	return first, min(first+1, n-1), at - float64(first)
}
