package solver_test

import (
	"fmt"

	"inkstone/graph/solver"
)

// An optimizer with its default settings, but slower steps for a part of the network.
func ExampleNewWith() {
	o, err := solver.Defaults("adamw")
	if err != nil {
		fmt.Println(err)
		return
	}
	o.ClipNorm = 1
	o.Multipliers = solver.Multipliers{{Pattern: "conv*", Factor: 0.1}}
	s, err := solver.NewWith(o)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s)
	o.Nesterov = true
	_, err = solver.NewWith(o)
	fmt.Println(err)
	// Output:
	// adamw (learning rate 0.002, betas 0.9 and 0.999, epsilon 1e-08, weight decay 0.01, gradient norm clipped to 1, multipliers conv*=0.1)
	// solver: adamw has no nesterov momentum
}
