// Package dockerfile writes a Dockerfile for an application that has none, from
// what detection knows of its stack. It is pure: nothing is read but the stack.
//
// What it writes is what a careful person would: several stages, the dependencies
// in a layer of their own where their files are known, package caches that live
// on between builds, the locked versions, a small base, no root. It needs
// BuildKit, as cache mounts and inline files do.
//
// The images and commands of each language stand in images.yaml.
package dockerfile
