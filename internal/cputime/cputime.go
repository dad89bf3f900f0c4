// Package cputime measures what a process computes: on a machine that does other work, too, it says more than the wall clock.
package cputime
