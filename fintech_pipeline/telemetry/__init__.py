"""How the application is seen from outside: what is measured, what is logged, what is traced."""
