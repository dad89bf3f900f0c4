package round_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// event encodes what an instruction writes to the log: Anchor's discriminator, and the fields in Borsh.
func event(name string, fields ...any) string {
	sum := sha256.Sum256([]byte("event:" + name))
	return base64.StdEncoding.EncodeToString(append(sum[:8:8], args("", fields...)[8:]...))
}

// emits requires that a transaction wrote exactly these events.
func emits(t *testing.T, res svm.Result, events ...string) {
	t.Helper()
	var got []string
	for _, line := range res.Logs {
		if data, ok := strings.CutPrefix(line, "Program data: "); ok {
			got = append(got, data)
		}
	}
	require.Equal(t, events, got)
}

func TestEvents(t *testing.T) {
	c := newChain(t)
	id := uint64(0)
	key := c.pub
	emits(t, c.ok(c.create("creator", 0, sol+77)), event("RoundCreated", id, key("creator"), uint8(3), uint64(sol+77)))
	o := terms()
	o.stake = sol
	emits(t, c.ok(c.configure("creator", 0, o)), event("RoundConfigured", id, o.encode()))
	for _, v := range []string{"ann", "ben", "cat", "zoe"} {
		emits(t, c.ok(c.stake(v, sol)), event("StakeChanged", key(v), uint64(sol), uint64(0)))
	}
	emits(t, c.ok(c.unstake("zoe", 1), c.stake("zoe", 1)),
		event("StakeChanged", key("zoe"), uint64(sol-1), uint64(1)), event("StakeChanged", key("zoe"), uint64(sol), uint64(1)))
	for i, v := range []string{"ann", "ben", "cat"} {
		emits(t, c.ok(c.prevalidate(v, 0, 5000)), event("Prevalidated", id, key(v), uint32(5000), uint8(i+1)))
	}
	c.ok(c.prevalidate("zoe", 0, 9000))
	emits(t, c.ok(c.createProfile("tom")))
	emits(t, c.ok(c.submit("tom", 0, gradientCID)), event("GradientSubmitted", id, key("tom"), gradientCID, uint8(1)))
	emits(t, c.ok(c.setSource("tom", 0, "hf:t/h@1")), event("SourceSet", id, key("tom"), "hf:t/h@1"))
	for i, v := range []string{"ann", "ben", "cat"} {
		emits(t, c.ok(c.postvalidate(v, 0, "tom", 4000)), event("Postvalidated", id, key("tom"), key(v), uint32(4000), uint8(i+1)))
	}
	emits(t, c.ok(c.finalize("creator", 0)), event("RoundFinalized", id))
	emits(t, c.ok(c.claim("tom", 0)), event("TrainerRewardClaimed", id, key("tom"), uint64(0), uint32(0)),
		event("RatingSettled", id, key("tom"), uint16(500), uint16(499)))
	const each = (sol + 77) / 10 / 32
	emits(t, c.ok(c.claimPre("ann", 0)), event("ValidatorRewardClaimed", id, key("ann"), uint64(each-each/50), "pre"))
	emits(t, c.ok(c.claimPost("ann", 0, "tom")), event("ValidatorRewardClaimed", id, key("ann"), uint64(each-each/50), "post"))
	emits(t, c.ok(c.slash("eve", 0, c.pre(0, "zoe"), "zoe")),
		event("StakeChanged", key("zoe"), uint64(sol-sol/10), uint64(1)),
		event("ValidatorSlashed", id, key("zoe"), key("eve"), uint64(sol/10), uint64(sol/100)))
	emits(t, c.ok(c.withdraw("creator", 0)), event("RemainderWithdrawn", id, uint64(sol+77-7*each), false))
	c.at(180 * day)
	emits(t, c.ok(c.withdraw("creator", 0)), event("RemainderWithdrawn", id, uint64(4*each), true))
	emits(t, c.ok(c.closeGradient("eve", 0, "tom"), c.closeSource("eve", 0, "tom")))

	emits(t, c.ok(c.update("authority", defaults())), event("ProtocolUpdated", defaults().encode()))
	c.ok(c.create("creator", 1, sol))
	emits(t, c.ok(c.cancel("creator", 1)), event("RoundCancelled", uint64(1)))
}

func TestEventsOfCommitReveal(t *testing.T) {
	c := commitReveal(t)
	emits(t, c.ok(c.commit("ann", 0, "", 5000)), event("ValidationCommitted", uint64(0), c.subject(""), c.pub("ann")))
	c.at(600)
	emits(t, c.ok(c.revealPre("ann", 0, 5000)), event("Prevalidated", uint64(0), c.pub("ann"), uint32(5000), uint8(1)))
	c.at(1200)
	c.ok(c.submit("tom", 0, gradientCID))
	emits(t, c.ok(c.commit("ann", 0, "tom", 1)), event("ValidationCommitted", uint64(0), c.pub("tom"), c.pub("ann")))
	c.at(1800)
	emits(t, c.ok(c.revealPost("ann", 0, "tom", 1)), event("Postvalidated", uint64(0), c.pub("tom"), c.pub("ann"), uint32(1), uint8(1)))
}

// A failure says so in Anchor's words, with the account that it is about.
func TestErrorsInTheLog(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol))
	_, res := c.code(c.create("creator", 7, sol))
	require.Contains(t, res.Logs, "Program log: AnchorError occurred. Error Code: InvalidRoundId. Error Number: 6000. Error Message: The round id is not the next one: read the counter and try again.")
	_, res = c.code(c.finalize("eve", 0))
	require.Contains(t, res.Logs, "Program log: AnchorError caused by account: creator. Error Code: ConstraintHasOne. Error Number: 2001. Error Message: A has one constraint was violated.")
	require.Contains(t, res.Logs, "Program log: Instruction: FinalizeRound")
}
