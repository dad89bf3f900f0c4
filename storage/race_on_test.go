//go:build race

package storage_test

// raceDetector changes what memory a program takes.
const raceDetector = true
