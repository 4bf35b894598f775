// Runs only where modules do not: in browsers from before 2018.
var problem = document.getElementById("problem");
if (problem) problem.textContent = "This page needs JavaScript modules: take a browser of 2022 or later.";
