package storage_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv("STORAGE_TEST_FULL") != "" {
		fullWorker()
	}
	if os.Getenv("STORAGE_TEST_ROOT") != "" {
		killedWorker()
	}
	if op := os.Getenv("STORAGE_TEST_LEFT"); op != "" {
		leftWorker(op, os.Getenv("STORAGE_TEST_DIR"))
	}
	goleak.VerifyTestMain(m)
}
