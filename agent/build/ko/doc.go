// Package ko makes images of static programs as ko does, without Dockerfile and
// without BuildKit: the program that was compiled beside it is laid on a base image
// and pushed. It is what the containers of such a build run; package build makes
// the Job of them.
//
// What the compiler leaves behind is another's: it is only read below its folder,
// whatever links it holds. The same program on the same base has the same digest.
package ko
