package solver_test

import (
	"fmt"

	"inkstone/graph/solver"
)

// An optimizer by name, with smaller steps for a part of the network. The other settings
// are the optimizer's defaults.
func ExampleNewWith() {
	s, err := solver.NewWith(solver.Options{
		Name: "adamw", ClipNorm: 1,
		Multipliers: solver.Multipliers{{Pattern: "conv*", Factor: 0.1}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s)
	_, err = solver.NewWith(solver.Options{Name: "adam", Nesterov: true})
	fmt.Println(err)
	// Output:
	// adamw (learning rate 0.002, betas 0.9 and 0.999, epsilon 1e-08, weight decay 0.01, gradient norm clipped to 1, multipliers conv*=0.1)
	// solver: adam has no Nesterov momentum
}
