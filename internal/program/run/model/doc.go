// Package model is the run program in Go: its accounts, and its instructions as functions of them, of the time and the slot.
//
// It repeats the rules of the Rust program for two readers: the tests of the program, which compare every byte of every account
// after every instruction, and package run, which tells callers what they may do and what a tick would do before they pay for
// it. It checks no signatures, owners or addresses; whoever calls it has done that.
package model
