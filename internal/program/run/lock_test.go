package run_test

import (
	"testing"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/run"
)

func TestLockMatchesSourcesAndFile(t *testing.T) {
	programtest.CheckLock(t, "run", run.ELF())
}

func TestSourceHashSeesEveryChange(t *testing.T) {
	programtest.CheckSourceHash(t, "run", "run/Cargo.toml", "run/src/lib.rs", "run/src/ix/tick.rs")
}
