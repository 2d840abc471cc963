package metrics_test

import (
	"fmt"

	"inkstone/train/metrics"
)

func Example() {
	c, err := metrics.NewConfusion([]string{"cat", "dog"})
	if err != nil {
		fmt.Println(err)
		return
	}
	labels := []int{0, 0, 0, 1, 1, 1}
	predicted := []int{0, 0, 1, 1, 1, 1}
	for i := range labels {
		if err := c.Add(labels[i], predicted[i]); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Print(c)
	fmt.Print(c.Scores())
	// Output:
	// label \ predicted  cat  dog
	// cat                  2    1
	// dog                  .    3
	// 6 images, 1 errors, accuracy 83.33 % (95 % interval 43.65 to 96.99 %)
	// class       images  precision      95 % interval    recall      95 % interval       F1
	// cat              3   100.00 %  34.24 to 100.00 %   66.67 %   20.77 to 93.85 %  80.00 %
	// dog              3    75.00 %   30.06 to 95.44 %  100.00 %  43.85 to 100.00 %  85.71 %
	// macro mean       6    87.50 %                      83.33 %                     82.86 %
}

func ExampleSummarize() {
	accuracies := []float64{0.9921, 0.9925, 0.9917} // one for each seed
	s, err := metrics.Summarize(accuracies)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f ± %.4f\n", s.Mean, s.Deviation)
	// Output: 0.9921 ± 0.0004
}
