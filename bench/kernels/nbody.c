// Five bodies under gravity, symplectic Euler steps: f64 arithmetic on a small array.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { kBodies = 5 };
struct Body {
  double pos[3], vel[3], mass;
};

static struct Body bodies[kBodies] = {
    {{0, 0, 0}, {0, 0, 0}, 39.0},
    {{4.8, -1.2, -0.1}, {0.6, 2.8, -0.02}, 0.037},
    {{8.3, 4.1, -0.4}, {-1.0, 1.8, 0.008}, 0.011},
    {{12.9, -15.1, -0.2}, {1.1, 0.9, -0.01}, 0.0017},
    {{15.4, -25.9, 0.2}, {1.0, 0.6, -0.03}, 0.002},
};

static void step(double dt) {
  for (int i = 0; i < kBodies; ++i) {
    struct Body* a = &bodies[i];
    for (int j = i + 1; j < kBodies; ++j) {
      struct Body* b = &bodies[j];
      double d[3], square = 0;
      for (int k = 0; k < 3; ++k) {
        d[k] = a->pos[k] - b->pos[k];
        square += d[k] * d[k];
      }
      double pull = dt / (square * sqrt(square));
      for (int k = 0; k < 3; ++k) {
        a->vel[k] -= d[k] * b->mass * pull;
        b->vel[k] += d[k] * a->mass * pull;
      }
    }
  }
  for (int i = 0; i < kBodies; ++i)
    for (int k = 0; k < 3; ++k) bodies[i].pos[k] += dt * bodies[i].vel[k];
}

static double energy(void) {
  double sum = 0;
  for (int i = 0; i < kBodies; ++i) {
    const struct Body* a = &bodies[i];
    sum += 0.5 * a->mass * (a->vel[0] * a->vel[0] + a->vel[1] * a->vel[1] + a->vel[2] * a->vel[2]);
    for (int j = i + 1; j < kBodies; ++j) {
      const struct Body* b = &bodies[j];
      double x = a->pos[0] - b->pos[0], y = a->pos[1] - b->pos[1], z = a->pos[2] - b->pos[2];
      sum -= a->mass * b->mass / sqrt(x * x + y * y + z * z);
    }
  }
  return sum;
}

int main(int argc, char** argv) {
  int steps = argc > 1 ? atoi(argv[1]) : 300000;
  for (int i = 0; i < steps; ++i) step(0.001);
  printf("energy after %d steps: %.12f\n", steps, energy());
}
