package samples

import (
	"image"

	"inkstone/model"
	"inkstone/train/data/picture"
)

// Read returns the characters in a picture, from left to right, each with its probability.
func Read(m *model.Model, page image.Image) (text string, probabilities []float64, err error) {
	found, err := picture.Find(page)
	if err != nil {
		return "", nil, err
	}
	classifier, err := m.Classifier(1, 1)
	if err != nil {
		return "", nil, err
	}
	defer classifier.Close()
	for _, character := range found.Row { // 28 x 28 pixels each, as in MNIST
		p, err := classifier.Probabilities(character.Pix)
		if err != nil {
			return "", nil, err
		}
		best := 0
		for class := range p {
			if p[class] > p[best] {
				best = class
			}
		}
		text += m.Classes[best]
		probabilities = append(probabilities, p[best])
	}
	return text, probabilities, nil
}
