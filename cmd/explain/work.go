package main

import (
	"context"
	"fmt"
	"html/template"
	"image"
	"io"

	"inkstone/cmd/internal/cli"
	"inkstone/cmd/internal/pictures"
	"inkstone/cmd/internal/reading"
	"inkstone/internal/inline"
	"inkstone/model"
	"inkstone/model/explain"
	"inkstone/train/data"
)

// work holds what the explanations of all pictures share.
type work struct {
	*settings
	model          *model.Model
	explainer      *explain.Explainer
	class, target  int
	sources        []source
	training, test *data.Set      // nil if not needed
	index          *explain.Index // of the training images, nil until needed
	stderr         io.Writer
}

// source is an image to explain.
type source struct {
	name   string
	pixels []byte
	doubts []string
}

// checkLayers looks for mistakes in -layer and -value, with a black image, before anything is loaded.
func (w *work) checkLayers() error {
	black := make([]byte, w.model.Height*w.model.Width)
	if w.layer != "" && w.wants("gradcam") {
		if _, err := w.explainer.GradCAM(black, explain.Predicted, w.layer); err != nil {
			return err
		}
	}
	for _, v := range w.values {
		if _, err := w.explainer.Arithmetic(black, v.layer, v.at...); err != nil {
			return err
		}
	}
	return nil
}

// maxImages bounds the images of a call. Their explanations are in memory until the page is written.
const maxImages = 1000

// readPictures reads the pictures. A picture with several digits in a row gives an image for each.
func (w *work) readPictures(ctx context.Context, list *pictures.List) error {
	return list.Each(ctx, func(in pictures.Input) error {
		images := reading.Images(in.Picture, w.model.Classes)
		for i, img := range images {
			name := in.Name
			if in.Label != "" {
				name = fmt.Sprintf("%s, a %s", in.Name, in.Label)
			}
			if len(images) > 1 {
				name = fmt.Sprintf("%s, character %d", in.Name, i+1)
			}
			w.sources = append(w.sources, source{name, img.Pix, in.Picture.Doubts})
		}
		if len(w.sources) > maxImages {
			return fmt.Errorf("there are more than %d images to explain", maxImages)
		}
		return nil
	})
}

// addTestImages adds the test images that -test names.
func (w *work) addTestImages() error {
	for _, i := range w.settings.test {
		if i >= w.test.Len() {
			return cli.Usagef("-test: there is no test image %d, want 0 to %d", i, w.test.Len()-1)
		}
		w.sources = append(w.sources, source{fmt.Sprintf("test image %d, a %s", i, w.test.Classes()[w.test.Label(i)]), w.test.Pixels(i), nil})
	}
	return nil
}

// explanation is what the page and the pictures show of an image.
type explanation struct {
	Name   string
	Answer string
	Seen   template.URL // the image, as the network sees it
	Bars   []bar
	Parts  []part
	Notes  []string // what is doubtful, or could not be explained
	image  image.Image
}

// bar is the probability of a class.
type bar struct {
	Class   string
	Percent float64
}

// part is one explanation.
type part struct {
	Title, Text string
	HTML        template.HTML
	name        string // of the file of its picture
	picture     image.Image
	text        string // for explanations without a picture
}

// Wide reports whether the part takes the width of the page: it has more than two pictures, or tables.
func (p part) Wide() bool { return p.picture == nil }

// pictured is a result of package explain with a picture.
type pictured interface {
	HTML() string
	Picture() image.Image
}

// explain makes the explanations of an image.
func (w *work) explain(ctx context.Context, in source) (explanation, error) {
	e := w.explainer
	p, err := e.Probabilities(in.pixels)
	if err != nil {
		return explanation{}, err
	}
	x := explanation{Name: in.name, Answer: e.Answer(p), Notes: in.doubts}
	x.image = explain.Picture(in.pixels, w.model.Height, w.model.Width)
	x.Seen = template.URL(inline.PNG(x.image))
	for i, class := range w.model.Classes {
		x.Bars = append(x.Bars, bar{class, 100 * p[i]})
	}
	best := 0
	for i := range p {
		if p[i] > p[best] {
			best = i
		}
	}
	class := w.class
	if class == explain.Predicted {
		class = best
	}
	add := func(name, title, text string, result pictured, err error) error {
		if err != nil {
			return err
		}
		x.Parts = append(x.Parts, part{Title: title, Text: text, HTML: template.HTML(result.HTML()), name: name, picture: result.Picture()})
		return nil
	}
	for _, method := range methods {
		if !w.wants(method) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return x, err
		}
		switch method {
		case "saliency":
			h, err := e.Saliency(in.pixels, class)
			err = add(method, "Saliency", "How the logit of the class changes if a pixel becomes brighter: it rises at red pixels and falls at blue ones.", h, err)
			if err != nil {
				return x, err
			}
		case "smoothgrad":
			h, err := e.SmoothGrad(in.pixels, class, explain.SmoothOptions{Seed: w.seed})
			err = add(method, "SmoothGrad", "The mean of the saliency of 50 noisy copies, which has less noise.", h, err)
			if err != nil {
				return x, err
			}
		case "gradcam":
			h, err := e.GradCAM(in.pixels, class, w.layer)
			if err != nil && w.layer == "" && w.only == nil {
				x.Notes = append(x.Notes, err.Error()) // a network without such a layer has its other explanations
				continue
			}
			if err = add(method, "Grad-CAM", "Where the features of a layer speak for the class.", h, err); err != nil {
				return x, err
			}
		case "occlusion":
			b := cli.NewBar(w.stderr, 1, "places")
			h, err := e.Occlusion(ctx, in.pixels, class, explain.OcclusionOptions{Progress: func(done, total int) {
				b.Resize(int64(total))
				b.Set(int64(done), "occlusion")
			}})
			b.Clear()
			if err = add(method, "Occlusion", "How much worse the class becomes if a square covers the pixel: red pixels are needed, blue ones are in the way.", h, err); err != nil {
				return x, err
			}
		case "change":
			c, err := e.SmallestChange(ctx, in.pixels, w.target)
			if ctx.Err() != nil {
				return x, ctx.Err()
			}
			if err != nil {
				if w.only != nil {
					return x, err
				}
				x.Notes = append(x.Notes, err.Error())
				continue
			}
			if err = add(method, "Smallest change", "A small change that flips the answer: red pixels become brighter, blue ones darker.", c, nil); err != nil {
				return x, err
			}
		case "favorite":
			f, err := e.Favorite(ctx, class, explain.FavoriteOptions{Seed: w.seed})
			if err = add(method, "Favorite image", "An image that the class likes best, found by gradient ascent from noise.", f, err); err != nil {
				return x, err
			}
		case "similar":
			n, err := w.nearest(ctx, in.pixels)
			if err != nil {
				return x, err
			}
			x.Parts = append(x.Parts, part{Title: "Similar training images", Text: fmt.Sprintf("The training images whose features, the output of %s, have the smallest angle to those of the image, with the cosine.", n.Layer), HTML: template.HTML(n.HTML()), name: method, text: n.String()})
		case "value":
			for _, v := range w.values {
				a, err := e.Arithmetic(in.pixels, v.layer, v.at...)
				if err != nil {
					return x, err
				}
				x.Parts = append(x.Parts, part{Title: "Arithmetic of a value", Text: "Rows, columns, channels and units count from 0.", HTML: template.HTML(a.HTML()), name: method, text: a.String()})
			}
		}
	}
	return x, nil
}

// nearest returns the training images that are most similar to an image. The first call computes
// the features of all of them.
func (w *work) nearest(ctx context.Context, pixels []byte) (*explain.Neighbors, error) {
	if w.index == nil {
		b := cli.NewBar(w.stderr, int64(w.training.Len()), "images")
		index, err := w.explainer.Index(ctx, w.training.Len(), w.training.Pixels, explain.IndexOptions{Progress: func(done, _ int) {
			b.Set(int64(done), "features of the training images")
		}})
		b.Clear()
		if err != nil {
			return nil, err
		}
		w.index = index
	}
	classes := w.training.Classes()
	return w.index.Nearest(pixels, w.similar, func(i int) string { return classes[w.training.Label(i)] })
}
