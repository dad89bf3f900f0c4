package worker

import "context"

// places are the places of jobs that compute.
type places chan struct{}

func newPlaces(n int) places { return make(places, max(1, n)) }

// take waits for a place. Those who wait get one in the order in which they asked.
func (p places) take(ctx context.Context) error {
	select {
	case p <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p places) give() { <-p }
