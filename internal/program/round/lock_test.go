package round_test

import (
	"testing"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/round"
)

func TestLockMatchesSourcesAndFile(t *testing.T) {
	programtest.CheckLock(t, "round", round.ELF())
}

func TestSourceHashSeesEveryChange(t *testing.T) {
	programtest.CheckSourceHash(t, "round", "round/Cargo.toml", "round/src/lib.rs", "round/src/ix/claim.rs")
}
