package worker

import "sync"

// Each calls f with 0 … n-1, at most parallel at a time, and waits for all of them.
func Each(n, parallel int, f func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, max(1, parallel)) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
