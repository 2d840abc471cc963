package solver

import (
	"fmt"
	"strings"
)

// Names lists the optimizers that [New] makes.
func Names() []string { return []string{"adam", "sgd"} }

// DefaultRate is the learning rate that suits an optimizer when nobody says
// another.
func DefaultRate(name string) float64 {
	if name == "sgd" {
		return 0.05
	}
	return 0.002
}

// New makes an optimizer by name: "adam", or "sgd" with a momentum of 0.9.
func New(name string, rate float64, workers int) (Solver, error) {
	switch name {
	case "adam":
		return NewAdam(rate, workers)
	case "sgd":
		return NewSGD(rate, 0.9, workers)
	}
	return nil, fmt.Errorf("unknown optimizer %q; the known ones are %s", name, strings.Join(Names(), ", "))
}
