package round_test

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/round"
)

// A bot that pays attention to well paid rounds only, and joins one as long as its
// terms are those that it has looked at.
func ExampleClient_Track() {
	d := newDemo()
	creator, bot := d.actor(), d.actor()
	for _, lamports := range []uint64{1, 5 * sol} {
		_, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Reward: lamports})
		must(err)
	}

	tracker := bot.Track(round.Track{Filter: round.Filter{MinReward: sol}})
	look, err := tracker.Look(ctx) // again and again; tracker.Run beside it says when
	must(err)
	for _, r := range look.Rounds {
		fmt.Printf("round %d of %d pays %d lamports\n", r.ID, look.Count, r.Reward)
		_, err := bot.Pin(r).Prevalidate(ctx, r.ID, 8512)
		must(err)
	}
	// Output:
	// round 1 of 2 pays 5000000000 lamports
}
