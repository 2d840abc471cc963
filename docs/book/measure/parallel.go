package measure

import (
	"errors"
	"runtime"
	"sync"
)

// parallel calls f for each number from 0 to n-1, on as many goroutines as there are processors.
func parallel(n int, f func(i int) error) error {
	wrong := make([]error, n)
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i := range n {
		free <- struct{}{}
		all.Go(func() {
			wrong[i] = f(i)
			<-free
		})
	}
	all.Wait()
	return errors.Join(wrong...)
}
