package member_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/member"
)

// A member whose store has lost the model between commit and reveal computes it again,
// and reveals what it committed to.
func TestModelLostBeforeReveal(t *testing.T) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, file(nil), run.Spec{}, localnet.InProcess())
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		lost := 0
		for i := range 4 {
			name := fmt.Sprint("member", i)
			s.start(ctx, &wg, name, func(c *member.Config) {
				observe := c.Observer
				c.Train = pretend(i)
				c.Data = share(t, i, 4)
				c.Observer = func(e member.Event) {
					if e.Kind == member.EventCommitted && i == 0 {
						lost++
						_ = os.RemoveAll(filepath.Join(s.dir, name, "blocks")) // something may be written there again already
					}
					observe(e)
				}
			})
		}
		v := s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
		stop()
		wg.Wait()
		require.Equal(t, 4, lost)
		require.Zero(t, v.Run.FailedRounds)
		require.Equal(t, s.count(member.EventCommitted), s.count(member.EventRevealed), "by all of them")
	})
}
