package worker

import "context"

// places bounds how many do something at a time: who does it holds a place.
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
